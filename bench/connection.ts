/** A client that costs almost nothing: one socket that is kept alive, one request at a time, answers read no further than to their end. */
import { connect, type Socket } from 'node:net';

/** A request as bytes on the wire. */
export interface Wire {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, and when its parts came, in milliseconds after the request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty unless it was asked for. */
  readonly body: string;
  readonly firstByte: number;
  readonly end: number;
}

const END_OF_HEAD = '\r\n\r\n';

/** The bytes of one answer as they come. */
class AnswerReader {
  private head = '';
  private headers: Record<string, string> = {};
  private status = 0;
  private isChunked = false;
  /** Bytes of the body, or of the chunk, that are still to come. */
  private left = 0;
  private sizeLine = '';
  private state: 'head' | 'plain' | 'size' | 'chunk' | 'done' = 'head';
  private readonly pieces: Buffer[] = [];

  constructor(private readonly keepBody: boolean) {}

  /** True when the answer is complete. */
  take(data: Buffer): boolean {
    let at = 0;
    while (at < data.length && this.state !== 'done') at = this.step(data, at);
    return this.state === 'done';
  }

  private step(data: Buffer, at: number): number {
    switch (this.state) {
      case 'head':
        return this.takeHead(data, at);
      case 'size':
        return this.takeSize(data, at);
      default:
        return this.takeBody(data, at);
    }
  }

  private takeHead(data: Buffer, at: number): number {
    const before = this.head.length;
    this.head += data.toString('latin1', at);
    const end = this.head.indexOf(END_OF_HEAD);
    if (end < 0) return data.length;
    const [first = '', ...lines] = this.head.slice(0, end).split('\r\n');
    this.status = Number(first.split(' ')[1]);
    this.headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    this.isChunked = this.headers['transfer-encoding'] === 'chunked';
    this.left = Number(this.headers['content-length'] ?? 0);
    this.state = this.isChunked ? 'size' : this.left > 0 ? 'plain' : 'done';
    return at + end + END_OF_HEAD.length - before;
  }

  private takeSize(data: Buffer, at: number): number {
    const end = data.indexOf(10, at);
    if (end < 0) {
      this.sizeLine += data.toString('latin1', at);
      return data.length;
    }
    const line = (this.sizeLine + data.toString('latin1', at, end)).trim();
    this.sizeLine = '';
    if (line === '') this.state = this.left < 0 ? 'done' : 'size';
    else if (Number.parseInt(line, 16) === 0) this.left = -1;
    else {
      this.left = Number.parseInt(line, 16);
      this.state = 'chunk';
    }
    return end + 1;
  }

  private takeBody(data: Buffer, at: number): number {
    const length = Math.min(this.left, data.length - at);
    if (this.keepBody) this.pieces.push(Buffer.from(data.subarray(at, at + length)));
    this.left -= length;
    if (this.left === 0) this.state = this.isChunked ? 'size' : 'done';
    return at + length;
  }

  answer(firstByte: number, end: number): Answer {
    const body = Buffer.concat(this.pieces).toString();
    return { status: this.status, headers: this.headers, body, firstByte, end };
  }
}

/** A connection that is kept alive. */
export class Connection {
  private constructor(private readonly socket: Socket) {}

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  /** Sends a request and waits for the end of its answer. */
  send(wire: Wire, keepBody: boolean): Promise<Answer> {
    const reader = new AnswerReader(keepBody);
    const started = performance.now();
    let firstByte = 0;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.socket.removeListener('data', onData).removeListener('error', onEnd).removeListener('close', onEnd);
        act();
      };
      const onData = (data: Buffer): void => {
        firstByte ||= performance.now() - started;
        if (!reader.take(data)) return;
        settle(() => resolve(reader.answer(firstByte, performance.now() - started)));
      };
      const onEnd = (): void =>
        settle(() => reject(new Error(`The connection broke: ${wire.method} ${wire.path.slice(0, 200)}`)));
      this.socket.on('data', onData).once('error', onEnd).once('close', onEnd);
      this.socket.write(bytesOf(wire));
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

function bytesOf({ method, path, headers = {}, body }: Wire): string {
  const all = {
    Host: 'bench',
    Accept: 'application/json',
    ...headers,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}
