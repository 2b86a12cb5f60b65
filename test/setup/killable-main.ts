/**
 * The service as a process that starts fast and is made to be killed: engine, rules and HTTP host as `npm start` has them, on a database that is
 * ready, without the pages and what goes on in the background. `POST /import` does what `npm run import` does with the same arguments.
 */
import 'reflect-metadata';
import { loadConfig } from '../../src/config';
import { currentCompany } from '../../src/current-company';
import { createDataSource } from '../../src/data-source';
import { importOptions } from '../../src/import/import-options';
import { importPayments } from '../../src/import/import-payments';
import { createHost } from '../../src/odata/http/fastify-edge';
import { createPaymentService } from '../../src/payment-service';

async function main(): Promise<void> {
  const config = loadConfig();
  const { databaseUrl = '', poolSize, statementTimeout } = config;
  const dataSource = await createDataSource({ url: databaseUrl, poolSize, statementTimeout }).initialize();
  const service = createPaymentService(config, { dataSource }, (error) => console.error(error.cause ?? error));
  // Found once: the look for it would come among the messages that are counted, whenever the last one is some seconds old.
  const company = await currentCompany(dataSource)();
  const host = createHost({
    mount: '/v1.0',
    handler: service.handler,
    callerFor: () => ({ partition: company }),
    ready: () => dataSource.query('SELECT 1'),
    publicUrl: config.publicUrl,
    logger: false,
  });
  host.app.post<{ Body: string[] }>('/import', async ({ body }, reply) => {
    try {
      return await importPayments(service, company, importOptions(body));
    } catch (error) {
      return reply.code(400).send({ error: { message: String(error) } });
    }
  });
  console.log(`Serving ${await host.listen(0)}`);
}

void main();
