/** $metadata as it is served, checked by what others wrote: the XML schema of OASIS (xmllint), the JSON schema of OASIS, odata-csdl's conversion. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { startService, type TestService } from '../setup/service';
import { packageFolder } from './support/page-server';

const schemas = join(packageFolder('odata-csdl'), 'schemas');

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** What xmllint says of a document; empty when it is valid. */
function invalidities(xml: string): string {
  const { status, stderr, error } = spawnSync(
    'xmllint',
    ['--noout', '--nonet', '--schema', join(schemas, 'edmx.xsd'), '-'],
    {
      input: xml,
      encoding: 'utf8',
    },
  );
  if (error) throw new Error('xmllint is missing: install libxml2-utils.', { cause: error });
  return status === 0 ? '' : stderr;
}

describe.each(['4.0', '4.01'])('version %s', (version) => {
  const headers = { 'OData-MaxVersion': version };

  it('[31, 33] the XML fits the schema of OASIS, which finds what is wrong', async () => {
    const { text } = await service.get('$metadata', headers);
    expect(text).toContain(`Version="${version}"`);
    expect(invalidities(text)).toBe('');
    expect(invalidities(text.replace('<Key>', '<Kay>').replace('</Key>', '</Kay>'))).toContain('Kay');
  });

  it('[32] the JSON fits the schema of OASIS', async () => {
    const { json } = await service.get('$metadata?$format=json', headers);
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.validate(JSON.parse(readFileSync(join(schemas, 'csdl.schema.json'), 'utf8')) as object, json);
    expect([isValid, ajv.errorsText()]).toEqual([true, 'No errors']);
  });

  it('[63] the XML, converted by odata-csdl, is the JSON', async () => {
    const { text } = await service.get('$metadata', headers);
    const { json } = await service.get('$metadata?$format=json', headers);
    const { xml2json } = (await import('odata-csdl')) as { xml2json: (xml: string, options?: object) => object };
    expect(normalized(xml2json(text))).toEqual(normalized(json));
  });
});

/** Differences that mean nothing: the order of members, and the URLs that schemas are referred to by. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name.replace(/^(https:.*)\.(xml|json)$/, '$1'), normalized(member)] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
