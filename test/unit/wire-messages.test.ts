import { Socket } from 'node:net';
import { setImmediate as othersFirst } from 'node:timers/promises';
import { RawQuery } from '../../src/odata/service/raw-query';
import { WireMessages } from '../../src/odata/service/wire-messages';
import { TextPieces } from '../../src/odata/sql';

/** Type and body of each message; the lengths must fit. */
function messagesOf(bytes: Buffer): readonly (readonly [string, Buffer])[] {
  const messages: (readonly [string, Buffer])[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push([bytes.toString('latin1', at, at + 1), bytes.subarray(at + 5, end)]);
    at = end;
  }
  return messages;
}

describe('WireMessages', () => {
  it('writes what prepares, binds and executes a statement', () => {
    const messages = new WireMessages();
    messages.parse('o_1', 'select $1::text, $2::text');
    messages.bind('o_1', ['blå', null]);
    messages.execute();
    const sent = messagesOf(Buffer.concat([...messages.sync()]));
    expect(sent.map(([type]) => type).join('')).toBe('PBES');
    expect(sent[0]?.[1].toString('latin1')).toBe('o_1\0select $1::text, $2::text\0\0\0');
    expect(sent[1]?.[1].toString('hex')).toBe(
      Buffer.from('\0o_1\0\0\0\0\x02\0\0\0\x04bl\xc3\xa5\xff\xff\xff\xff\0\0', 'latin1').toString('hex'),
    );
    expect(sent[2]?.[1].toString('latin1')).toBe('\0\0\0\0\0');
    expect(sent[3]?.[1]).toHaveLength(0);
  });

  it('sends bytes as they are, long ones in pieces that are not copied', () => {
    const long = Buffer.alloc(3_000_000, 0xc3);
    const messages = new WireMessages();
    messages.bind('', ['x', Buffer.from([0, 255]), long, null]);
    const pieces = [...messages.sync()];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2_000_000);
    expect(pieces.some(({ buffer }) => buffer === long.buffer)).toBe(true);
    const [bind] = messagesOf(Buffer.concat(pieces));
    const body = bind?.[1] ?? Buffer.alloc(0);
    const head = '000000040000000100010000000400000001780000000200ff002dc6c0';
    expect(body.toString('hex', 0, 30)).toBe(`${head}c3`);
    expect(body.subarray(-(long.length + 6), -6).equals(long)).toBe(true);
    expect(body.toString('hex', body.length - 6)).toBe('ffffffff0000');
  });

  it('forgets a statement by its name', () => {
    const messages = new WireMessages();
    messages.forget('o_1');
    expect(messagesOf(Buffer.concat([...messages.sync()]))[0]).toEqual(['C', Buffer.from('So_1\0')]);
  });

  it('sends long values piece by piece, without cutting a character', () => {
    const long = `a${'😀'.repeat(200_000)}`;
    const messages = new WireMessages();
    messages.bind('', [long, 'x', long.slice(1)]);
    const pieces = [...messages.sync()];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
    const [bind] = messagesOf(Buffer.concat(pieces));
    const body = bind?.[1] ?? Buffer.alloc(0);
    expect(body.readInt32BE(6)).toBe(800_001);
    expect(body.toString('utf8', 10, 800_011)).toBe(long);
    expect(body.toString('utf8', 800_020, 1_600_020)).toBe(long.slice(1));
  });

  it('sends the pieces of a text as they are', () => {
    const pieces = ['{a', ',blå', '}'].map((text) => Buffer.from(text));
    const messages = new WireMessages();
    messages.bind('', ['x', new TextPieces(pieces), null]);
    const sent = [...messages.sync()];
    expect(pieces.every((piece) => sent.includes(piece))).toBe(true);
    const [bind] = messagesOf(Buffer.concat(sent));
    expect(bind?.[1].toString('latin1')).toBe('\0\0\0\0\0\x03\0\0\0\x01x\0\0\0\x08{a,bl\xc3\xa5}\xff\xff\xff\xff\0\0');
  });

  it('takes values of any length', () => {
    const long = '€'.repeat(100_000);
    const messages = new WireMessages();
    messages.bind('', [long, 'x', '']);
    const [bind] = messagesOf(Buffer.concat([...messages.sync()]));
    const body = bind?.[1] ?? Buffer.alloc(0);
    expect(body.readInt32BE(6)).toBe(300_000);
    expect(body.toString('utf8', 10, 300_010)).toBe(long);
    expect(body.toString('latin1', 300_010)).toBe('\0\0\0\x01x\0\0\0\0\0\0');
  });
});

describe('RawQuery', () => {
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type, 'latin1');
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const row = (text: string): Buffer => {
    const head = Buffer.alloc(6);
    head.writeInt16BE(1);
    head.writeInt32BE(Buffer.byteLength(text), 2);
    return message('D', Buffer.concat([head, Buffer.from(text)]));
  };
  const texts = ['', 'a', 'blå'.repeat(40), 'x'.repeat(700), 'end'];
  const answer = Buffer.concat([
    ...[message('1', Buffer.alloc(0)), message('2', Buffer.alloc(0))],
    ...texts.map(row),
    ...[message('C', Buffer.from('SELECT 5\0')), message('Z', Buffer.from('I'))],
  ]);

  it.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 700, 1000, answer.length])('reads rows from chunks of %i bytes', (size) => {
    const rows: string[] = [];
    let ended: unknown;
    const onRow = (buffer: Buffer, start: number): void =>
      void rows.push(buffer.toString('utf8', start + 6, start + 6 + buffer.readInt32BE(start + 2)));
    const statement = { name: '', text: '', slots: [] };
    const query = new RawQuery([{ statement, values: [], onRow }], false, (error, tags) => (ended = [error, tags]));
    const stream = new Socket();
    stream.write = () => true;
    query.submit({ stream });
    for (let at = 0; at < answer.length; at += size) stream.emit('data', answer.subarray(at, at + size));
    stream.destroy();
    expect(rows).toEqual(texts);
    expect(ended).toEqual([undefined, [5]]);
  });

  /** What a notice that comes without being asked for looks like, and what pg's parser is given of it. */
  const notice = message('N', Buffer.from('SWARNING\0Mthe server is going down\0\0'));

  it.each([1, 2, 3, 4, 5, 6, 7, 11, 64, answer.length + 3, answer.length + 9, answer.length + notice.length])(
    'gives pg whole messages only, also those behind the end of a query, from chunks of %i bytes',
    (size) => {
      const stream = new Socket();
      const forwarded: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => forwarded.push(chunk));
      stream.write = () => true;
      let ended = 0;
      const sent = (): void => void new RawQuery([], false, () => (ended += 1)).submit({ stream });
      sent();
      const said = Buffer.concat([answer, notice, notice]);
      for (let at = 0; at < said.length; at += size) stream.emit('data', said.subarray(at, at + size));
      expect(ended).toBe(1);
      expect(forwarded.flatMap(messagesOf).map(([type]) => type)).toEqual(['Z', 'N', 'N']);
      sent();
      stream.emit('data', Buffer.concat([notice, answer]));
      expect(ended).toBe(2);
      expect(forwarded.flatMap(messagesOf).map(([type]) => type)).toEqual(['Z', 'N', 'N', 'N', 'Z']);
      stream.destroy();
    },
  );

  it('sends no more than the socket takes, and lets others have their turn', async () => {
    const stream = new Socket();
    const written: Buffer[] = [];
    stream.write = (chunk: Buffer) => written.push(chunk) % 2 === 0;
    const statement = { name: '', text: '' };
    new RawQuery([{ statement, values: ['x'.repeat(1_000_000)] }], false, () => undefined).submit({ stream });
    for (let pieces = 1; stream.listenerCount('drain') > 0; pieces = Math.min(pieces + 2, 18)) {
      expect(written).toHaveLength(pieces);
      stream.emit('drain');
      expect(written).toHaveLength(pieces);
      await othersFirst();
    }
    expect(messagesOf(Buffer.concat(written)).map(([type]) => type)).toEqual(['P', 'B', 'E', 'S']);
    stream.destroy();
  });

  it('a query takes up a message that has begun before it', () => {
    const stream = new Socket();
    const forwarded: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => forwarded.push(chunk));
    stream.write = () => true;
    let ended = 0;
    const sent = (): void => void new RawQuery([], false, () => (ended += 1)).submit({ stream });
    sent();
    stream.emit('data', Buffer.concat([answer, notice.subarray(0, 7)]));
    sent();
    stream.emit('data', Buffer.concat([notice.subarray(7), answer]));
    expect(ended).toBe(2);
    expect(forwarded.flatMap(messagesOf).map(([type]) => type)).toEqual(['Z', 'N', 'Z']);
    stream.destroy();
  });
});
