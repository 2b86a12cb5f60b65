import { firstDifference, meaning } from '../../bench/compare';

describe('answers of the bench', () => {
  it('are equal however times, roots and links are written', () => {
    const ours = meaning(
      '{"@odata.context":"http://a/v1.0/$metadata#x","t":"2026-01-02T12:00:00.15Z","n":1.50,"@odata.nextLink":"http://a/v1.0/x?$skiptoken=1"}',
      'http://a/v1.0/',
    );
    const limit = meaning(
      '{"@odata.context":"http://service/v1.0/$metadata#x","t":"2026-01-02T12:00:00.150+00:00","n":1.5}',
      'http://b/v1.0/',
    );
    expect(firstDifference(ours, limit)).toBeUndefined();
  });

  it('differ where a value does, and say where', () => {
    const left = meaning('{"value":[{"id":"1","amount":2}]}', 'http://a/');
    const right = meaning('{"value":[{"id":"1","amount":3}]}', 'http://a/');
    expect(firstDifference(left, right)).toBe('/value/0/amount: 2 is not 3');
    expect(firstDifference(meaning('{"a":null}', 'http://a/'), meaning('{}', 'http://a/'))).toContain('/a: null');
  });
});
