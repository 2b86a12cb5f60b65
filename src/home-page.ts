/** The page for people at `/`: what this is, and where to begin. Its links are relative, so that it works behind any prefix. */
const samples: readonly (readonly [path: string, meaning: string])[] = [
  ['v1.0/', 'the service document'],
  ['v1.0/$metadata', 'the model'],
  ['v1.0/customers?$top=5', 'the first five customers'],
  ['v1.0/customerPaymentJournals?$expand=customerPayments($top=3)', 'the journals, each with three payments'],
  ["v1.0/salesInvoices?$filter=status eq 'Open'&$orderby=dueDate&$top=5", 'the five open invoices that are due first'],
  ['v1.0/customerPaymentDetails?$count=true&$top=5', 'payments as one flat table, with their number'],
];

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

const links = samples
  .map(([path, meaning]) => `<li><a href="${escapeHtml(encodeURI(path))}">${escapeHtml(path)}</a> – ${meaning}</li>`)
  .join('\n');

export const homePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Customer payments</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}</style>
<h1>Customer payments</h1>
<p>Customer payments over PostgreSQL as an OData 4.01 service. Give Excel, Power BI or any OData client the address of the service document.</p>
<ul>
${links}
</ul>
</html>
`;
