/** Counts what the service does, in the text format of Prometheus. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Exchange } from './exchange';

/** The counters of one host. */
export interface Metrics {
  readonly contentType: string;
  observe(exchange: Exchange): void;
  text(): Promise<string>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

/** Makes counters with a registry of their own, so that several hosts in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'odata_requests_total',
    help: 'Requests answered, by status; none when the client left before the answer began',
    labelNames: ['method', 'status'],
    registers,
  });
  const bytes = new Counter({ name: 'odata_response_bytes_total', help: 'Bytes of bodies sent, as coded', registers });
  const cut = new Counter({ name: 'odata_responses_cut_total', help: 'Answers that broke off half-way', registers });
  const seconds = new Histogram({
    name: 'odata_request_duration_seconds',
    help: 'From request to the end of its answer',
    buckets: SECONDS,
    registers,
  });
  const children = new Map<string, { inc(): void }>();
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe(exchange) {
      const method = exchange.incoming.method ?? 'GET';
      const label = methods.has(method) ? method : 'other';
      const status = String(exchange.status ?? 'none');
      const key = `${label}${status}`;
      let child = children.get(key);
      if (!child) children.set(key, (child = requests.labels(label, status)));
      child.inc();
      bytes.inc(exchange.bytes);
      if (exchange.cut) cut.inc();
      seconds.observe(exchange.elapsed / 1000);
    },
  };
}
