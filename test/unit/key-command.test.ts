import { keyCommand } from '../../src/authentication/key-command';

const add = { kind: 'add', name: 'excel', company: undefined, readOnly: false, days: undefined };

test.each([
  [['add', 'excel', '--company', 'CRONUS'], { ...add, company: 'CRONUS' }],
  [['add', 'excel', '--all-companies'], add],
  [['add', 'excel', '--all-companies', '--read-only', '--days', '30'], { ...add, readOnly: true, days: 30 }],
  [['list'], { kind: 'list' }],
  [['remove', 'excel'], { kind: 'remove', name: 'excel' }],
])('%j', (args, expected) => {
  expect(keyCommand(args)).toEqual(expected);
});

test.each([
  [[], 'Say add, list or remove.'],
  [['make', 'x'], 'Say add, list or remove.'],
  [['add'], 'Give the key a name'],
  [['add', 'a:b', '--all-companies'], 'Give the key a name'],
  [['add', 'a\nb', '--all-companies'], 'Give the key a name'],
  [['add', 'x'.repeat(101), '--all-companies'], 'Give the key a name'],
  [['add', 'a', 'b', '--all-companies'], "'b' is one name too many"],
  [['add', 'a'], 'Say which company'],
  [['add', 'a', '--company', 'A', '--all-companies'], 'Say which company'],
  [['add', 'a', '--all-companies', '--days', '0'], '--days must be'],
  [['add', 'a', '--all-companies', '--days', '1.5'], '--days must be'],
  [['add', 'a', '--all-companies', '--forever'], "Unknown option '--forever'"],
  [['remove'], 'Give the key a name'],
])('%j is refused', (args, message) => {
  expect(() => keyCommand(args)).toThrow(message);
});
