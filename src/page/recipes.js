/** A request as other tools take it: curl, Power Query's language M, steps in Excel, a .pbids file for Power BI Desktop. */

/** @typedef {{ readonly method: string, readonly url: string, readonly headers?: Readonly<Record<string, string>>, readonly body?: string | undefined }} Sent */

/**
 * A word of a POSIX shell.
 * @param {string} text
 */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The request for curl; `-g` because `[`, `{` and `$` in it mean themselves.
 * @param {Sent} sent
 */
export function curlOf({ method, url, headers = {}, body }) {
  const shown = Object.entries(headers).filter(([name, value]) => name !== 'Accept' || value !== 'application/json');
  return [
    `curl -g ${method === 'GET' ? '' : `-X ${method} `}${quoted(url)}`,
    ...shown.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' \\\n  ');
}

/**
 * The URL without what only this page asks for: tools page and count by themselves.
 * @param {string} url
 */
export const feedUrl = (url) =>
  url
    .replace(
      /([?&])\$count=true(&|$)/,
      (/** @type {string} */ _, /** @type {string} */ before, /** @type {string} */ after) =>
        after === '' ? '' : before,
    )
    .replace(/[?&]$/, '');

/**
 * A query for the Advanced Editor of Power Query.
 * @param {string} url
 */
export const powerQueryOf = (url) => `let
    Source = OData.Feed("${feedUrl(url).replaceAll('"', '""')}", null, [Implementation = "2.0"])
in
    Source`;

/**
 * A file that Power BI Desktop opens with the address filled in.
 * @param {string} url
 */
export const pbidsOf = (url) =>
  JSON.stringify(
    {
      version: '0.1',
      connections: [{ details: { protocol: 'odata', address: { url: feedUrl(url) } }, options: {}, mode: 'Import' }],
    },
    null,
    2,
  );

/** Where in Excel the address goes. */
export const excelSteps = [
  'Data → Get Data → From Other Sources → From OData Feed',
  'Paste the address, choose Anonymous unless the service asks for more, and press Connect.',
  'Load, or Transform Data to filter further: Power Query sends your filters to the service.',
];
