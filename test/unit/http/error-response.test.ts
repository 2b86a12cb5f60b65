import { odataError, type ODataError } from '../../../src/odata/error';
import { errorResponse } from '../../../src/odata/http/error-response';

const context = { requestId: 'r1', clientRequestId: 'c1', version: '4.0' } as const;
const bodyOf = (error: unknown): { error: Record<string, unknown> } => {
  const { body } = errorResponse(error, context);
  return JSON.parse((body as Buffer).toString()) as { error: Record<string, unknown> };
};

const inner = { date: expect.any(String) as unknown, 'request-id': 'r1', 'client-request-id': 'c1' };

describe('errorResponse', () => {
  it('[325, 328] has the shape of the standard, and what Graph clients read', () => {
    expect(bodyOf(odataError('UnknownOption', { name: '$foo' }))).toEqual({
      error: {
        code: 'UnknownOption',
        message: "There is no query option '$foo'.",
        innererror: inner,
        innerError: inner,
      },
    });
  });

  it('[326] shows target, position and details', () => {
    const details = [
      odataError('InvalidValue', { message: 'One.' }, { target: 'a' }),
      odataError('InvalidValue', { message: 'Two.' }),
    ];
    const error = odataError(
      'SyntaxError',
      { message: 'Expected a value.' },
      { target: '$filter', position: 4, details },
    );
    expect(bodyOf(error).error).toMatchObject({
      code: 'SyntaxError',
      message: 'Expected a value. (at position 5 of $filter)',
      target: '$filter',
      details: [
        { code: 'InvalidValue', message: 'One.', target: 'a' },
        { code: 'InvalidValue', message: 'Two.' },
      ],
    });
  });

  it('carries the headers of the error and its own', () => {
    const error = odataError(
      'BadRequest_MethodNotAllowed',
      { method: 'PUT', resource: 'x', allow: 'GET' },
      { headers: { Allow: 'GET' } },
    );
    expect(errorResponse(error, { ...context, version: '4.01' })).toMatchObject({
      status: 405,
      headers: {
        Allow: 'GET',
        'Content-Language': 'en',
        'Content-Type': 'application/json;odata.metadata=minimal',
        'OData-Version': '4.01',
      },
    });
  });

  it.each<[unknown, number]>([
    [new Error('at /secret/file.ts: SELECT password FROM users'), 500],
    ['a text', 500],
    [undefined, 500],
    [null, 500],
    [{ code: 'XX000', message: 'SELECT secret' }, 500],
    [{ code: '23505', detail: 'Key (company_id, code)=(secret, secret) already exists.' }, 409],
    [Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }), 503],
  ])('tells nothing of %s', (error, status) => {
    const response = errorResponse(error, context);
    expect(response.status).toBe(status);
    expect((response.body as Buffer).toString()).not.toMatch(/secret|SELECT|at \//);
  });

  it('logs what is ours with its cause, and nothing else', () => {
    const logged: ODataError[] = [];
    const log = (error: ODataError): number => logged.push(error);
    const cause = new Error('why');
    errorResponse(cause, { ...context, log });
    errorResponse(odataError('NotImplemented', { message: 'Not yet.' }), { ...context, log });
    errorResponse(odataError('BadRequest', { message: 'No.' }), { ...context, log });
    expect(logged.map((error) => error.cause)).toEqual([cause]);
  });
});
