import fc from 'fast-check';
import { canonicalDecimal } from '../../src/odata/payload/decimal';

describe('canonicalDecimal', () => {
  it.each([
    ['9999999999999.99999', '9999999999999.99999'],
    ['-9999999999999.99999', '-9999999999999.99999'],
    ['1.50000', '1.5'],
    ['1.500000000', '1.5'],
    ['-0', '0'],
    ['0e999999999', '0'],
    ['0.00', '0'],
    ['00012', '12'],
    ['1e3', '1000'],
    ['12.5e-1', '1.25'],
    ['1E-5', '0.00001'],
    ['0.00001000', '0.00001'],
    ['100', '100'],
  ])('%s is %s', (text, canonical) => expect(canonicalDecimal(text, 18, 5)).toEqual({ text: canonical }));

  it.each([
    ['0.000001', 'scale'],
    ['1e-6', 'scale'],
    ['1e-999999999', 'scale'],
    ['10000000000000', 'precision'],
    ['1e13', 'precision'],
    ['1e999999999', 'precision'],
    ['', 'form'],
    ['abc', 'form'],
    ['1,5', 'form'],
  ])('%s fails by its %s', (text, fault) => expect(canonicalDecimal(text, 18, 5)).toEqual({ fault }));

  it('keeps the value of whatever fits', () => {
    const digits = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n });
    fc.assert(
      fc.property(digits, fc.nat(4), (value, zeros) => {
        const sign = value < 0n ? '-' : '';
        const text = (value < 0n ? -value : value).toString().padStart(6, '0');
        const plain = `${sign}${text.slice(0, -5)}.${text.slice(-5)}${'0'.repeat(zeros)}`;
        const found = canonicalDecimal(plain, 18, 5);
        const [whole = '', fraction = ''] = 'text' in found ? found.text.split('.') : [];
        expect(BigInt(whole.replace('-', '') + fraction.padEnd(5, '0'))).toBe(value < 0n ? -value : value);
        expect(whole.startsWith('-')).toBe(value < 0n);
        expect(canonicalDecimal(`${sign}${text}e-5`, 18, 5)).toEqual(found);
      }),
      { seed: 8 },
    );
  });
});
