/** The line at the bottom: the request that produced what is seen, for taking along. */
import { byId, button, element } from './element.js';
import { copy, download, openDialog } from './dialog.js';
import { formatInteger } from './format.js';
import { curlOf, excelSteps, feedUrl, pbidsOf, powerQueryOf } from './recipes.js';
import { recentExchanges } from './request.js';

/** @typedef {import('./request.js').Exchange} Exchange */

/** @param {Exchange} exchange */
const measured = ({ status, milliseconds, bytes }) =>
  `${status === 0 ? 'no answer' : String(status)} · ${milliseconds < 10 ? milliseconds.toFixed(1) : formatInteger(Math.round(milliseconds))} ms · ${bytes < 1000 ? `${bytes} B` : `${formatInteger(Math.round(bytes / 1000))} kB`}`;

/**
 * The URL as people read it: what the browser encoded needlessly is shown plain.
 * @param {string} url
 */
function readableUrl(url) {
  return url.replace(/%(?:20|24|27|28|29|2C|2F|3A|3B|3D)/gi, (code) => decodeURIComponent(code));
}

/** @param {string} url */
function parts(url) {
  const { pathname, search } = new URL(url);
  const options = readableUrl(search)
    .split(/(?=[?&])/)
    .map((part) => {
      const [name = '', ...value] = part.split('=');
      return element(
        'span',
        { class: 'option' },
        element('b', {}, name),
        value.length > 0 ? `=${value.join('=')}` : '',
      );
    });
  return [readableUrl(pathname), ...options];
}

/**
 * Shows a request.
 * @param {Exchange} exchange
 */
export function showRequest(exchange) {
  const { method, url } = exchange;
  byId('request').replaceChildren(
    element('span', { class: 'method' }, method),
    element('code', { class: 'url', tabindex: 0, role: 'group', 'aria-label': 'Request' }, ...parts(url)),
    element('span', { class: 'measured' }, measured(exchange)),
    element(
      'span',
      { class: 'actions' },
      button('URL', () => copy(url, 'URL'), { icon: 'copy', title: 'Copy the URL' }),
      button('curl', () => copy(curlOf(exchange), 'curl command'), { icon: 'copy', title: 'Copy as a curl command' }),
      button('Excel · Power BI', () => openFeed(url)),
      button('History', openHistory),
    ),
  );
}

/** @param {string} url */
function openFeed(url) {
  const feed = feedUrl(url);
  void openDialog('Take this to Excel or Power BI', () => ({
    wide: true,
    content: [
      element('h3', {}, 'Address'),
      block(feed, 'Address'),
      element('h3', {}, 'Excel'),
      element('ol', {}, ...excelSteps.map((text) => element('li', {}, text))),
      element('h3', {}, 'Power Query, Advanced Editor'),
      block(powerQueryOf(url), 'Query'),
      element('h3', {}, 'Power BI Desktop'),
      element('p', {}, 'A .pbids file opens Power BI Desktop with this address filled in. '),
      button('Download .pbids', () => download([pbidsOf(url)], 'customer-payments.pbids', 'application/json'), {
        icon: 'download',
      }),
    ],
  }));
}

/**
 * A text to copy.
 * @param {string} text
 * @param {string} what
 */
const block = (text, what) =>
  element(
    'div',
    { class: 'copy-block' },
    element('pre', { class: 'code-block', tabindex: 0 }, text),
    button(`Copy ${what.toLowerCase()}`, () => copy(text, what), { icon: 'copy', iconOnly: true, kind: 'bare' }),
  );

function openHistory() {
  void openDialog('The last requests of this page', () => ({
    wide: true,
    content: [
      element(
        'ol',
        { class: 'history' },
        ...recentExchanges().map((exchange) =>
          element(
            'li',
            {},
            element('span', { class: 'method' }, exchange.method),
            element('code', {}, readableUrl(exchange.url)),
            element(
              'span',
              { class: exchange.status >= 400 || exchange.status === 0 ? 'measured failed' : 'measured' },
              measured(exchange),
            ),
            button('Copy as curl', () => copy(curlOf(exchange), 'curl command'), {
              icon: 'copy',
              iconOnly: true,
              kind: 'bare',
            }),
          ),
        ),
      ),
    ],
  }));
}
