/** All rows of a view as a CSV file: page after page through the service's own links, with progress. */
import { valueAt } from './columns.js';
import { download, openDialog, toast } from './dialog.js';
import { button, element } from './element.js';
import { csvLine } from './csv.js';
import { formatInteger } from './format.js';
import { Progress } from './progress.js';
import { pagesOf, RequestError } from './request.js';

const PAGE = 5000;

/**
 * @param {import('./table-view.js').TableView} view
 */
export async function exportRows(view) {
  const columns = view.columns.filter(({ shown }) => shown);
  const stop = new AbortController();
  const progress = new Progress('Exporting');
  /** @type {string[]} */ const chunks = ['\uFEFF', csvLine(columns.map(({ path }) => path))];
  let rows = 0;

  const work = async (/** @type {(done?: boolean) => void} */ close) => {
    try {
      const options = { headers: { Prefer: `maxpagesize=${PAGE}` }, signal: stop.signal };
      for await (const page of pagesOf(view.url, options)) {
        chunks.push(page.map((row) => csvLine(columns.map(({ path }) => valueAt(row, path)))).join(''));
        rows += page.length;
        const of = view.count === undefined ? '' : ` of ${formatInteger(view.count)}`;
        progress.say(`${formatInteger(rows)}${of} rows`, rows, view.count);
      }
      close(true);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (!(error instanceof RequestError)) throw error;
      progress.fail(error.message);
    }
  };

  const done = await openDialog('Export to CSV', (/** @type {(done?: boolean) => void} */ close) => {
    progress.start();
    void work(close);
    return {
      content: [
        progress.root,
        element('p', { class: 'muted' }, 'Texts that a spreadsheet would run as a formula get an apostrophe in front.'),
      ],
      actions: [button('Stop', () => close(false))],
    };
  });
  progress.stop();
  if (!done) {
    stop.abort();
    return;
  }
  const name = `${view.location?.via?.name ?? view.location?.root?.name ?? 'rows'}.csv`;
  download(chunks, name, 'text/csv;charset=utf-8');
  toast(`${formatInteger(rows)} rows exported to ${name}.`);
}
