/** The rooms of a hotel as the column holds them: exact numbers, nulls left out or written, a member twice, odd texts. */
export const grandRooms = `[
  {"name":"O'Hara \\"1\\"","beds":2,"rate":120.500,"factor":12345678901234567890123456789.5,"serial":9223372036854775807,"area":25.5,
   "smoking":true,"since":"2020-02-29","cleaned":"2026-03-31T09:12:44.103Z","opens":"09:30:00","stay":"P1DT2H",
   "token":"12345678-9abc-def0-1234-56789abcdef0","plan":"\\\\x00ff3e3f","kind":5,"features":5,"tags":["sea","a,b \\"c\\""],
   "seen":{"name":"Ulm","region":"BW"},"offers":[{"price":99.9,"until":"2026-06-30"},{"price":80}]},
  {"name":"Zimmer ü","beds":1,"rate":80,"factor":0.1,"serial":-9223372036854775808,"area":"NaN","smoking":false,"since":"1999-12-31",
   "cleaned":"2026-01-01T00:00:00Z","opens":"00:00:00","stay":"P0D","token":"00000000-0000-0000-0000-000000000000","plan":"\\\\x",
   "kind":0,"features":0,"tags":[],"seen":{"name":null,"region":null},"offers":[]},
  {"name":"bare","beds":3,"features":6,"tags":null,"rate":null,"offers":[{"price":0.01,"until":null}]},
  {"name":"bare","beds":3,"features":6,"rate":80.0,"seen":{"name":"Bonn"}}
]`;
