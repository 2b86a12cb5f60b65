/** A bar for work that takes its time: how far it is where that is known, and for how long it has been going on. */
import { element } from './element.js';
import { formatInteger } from './format.js';

export class Progress {
  #timer = 0;

  /** @param {string} label */
  constructor(label) {
    this.bar = element('progress', { 'aria-label': label });
    this.said = element('p', { role: 'status' });
    this.seconds = element('span', { class: 'muted', 'aria-hidden': 'true' });
    this.root = element(
      'div',
      { class: 'progress', hidden: true },
      this.bar,
      element('div', { class: 'progress-text' }, this.said, this.seconds),
    );
    this.label = label;
  }

  /** Shows the bar. */
  start() {
    const began = performance.now();
    const tick = () => {
      this.seconds.textContent = `${formatInteger(Math.round((performance.now() - began) / 1000))} s`;
    };
    clearInterval(this.#timer);
    this.#timer = window.setInterval(tick, 1000);
    this.seconds.textContent = '';
    this.say(`${this.label} …`);
    this.root.hidden = false;
  }

  /**
   * @param {string} text
   * @param {number} [done]
   * @param {number} [all] unknown: the bar only moves
   */
  say(text, done, all) {
    this.said.textContent = text;
    if (done === undefined || all === undefined) this.bar.removeAttribute('value');
    else {
      this.bar.max = Math.max(all, 1);
      this.bar.value = done;
    }
  }

  /**
   * Says why the work has ended.
   * @param {string} text
   */
  fail(text) {
    clearInterval(this.#timer);
    this.said.textContent = text;
    this.said.className = 'failed';
    this.bar.hidden = true;
    this.seconds.textContent = '';
  }

  /** Takes the bar away. */
  stop() {
    clearInterval(this.#timer);
    this.root.hidden = true;
  }
}
