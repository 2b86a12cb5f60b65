import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests that are answered later, and answers that are given again: tables of the engine, not of the model. */
export class KeptRequests1795800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE odata_repeatable_requests (
      partition text NOT NULL,
      request_id text NOT NULL,
      position integer NOT NULL,
      client_id text,
      first_sent timestamptz NOT NULL,
      fingerprint text NOT NULL,
      status integer,
      headers text,
      answer bytea,
      CONSTRAINT odata_repeatable_requests_pkey PRIMARY KEY (partition, request_id, position)
    )`);
    await queryRunner.query(
      'CREATE INDEX odata_repeatable_requests_first_sent_idx ON odata_repeatable_requests (first_sent)',
    );
    await queryRunner.query(
      'CREATE INDEX odata_repeatable_requests_client_id_idx ON odata_repeatable_requests (partition, client_id) WHERE client_id IS NOT NULL',
    );
    await queryRunner.query(`COMMENT ON TABLE odata_repeatable_requests IS
      'The first answer to each request with a Repeatability-Request-ID, written in the transaction of the request itself.'`);
    await queryRunner.query(`CREATE TABLE odata_status_monitors (
      id uuid NOT NULL,
      partition text,
      request text NOT NULL,
      body bytea,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      claim uuid,
      claimed_until timestamptz,
      status integer,
      headers text,
      answer bytea,
      CONSTRAINT odata_status_monitors_pkey PRIMARY KEY (id)
    )`);
    await queryRunner.query(
      'CREATE INDEX odata_status_monitors_open_idx ON odata_status_monitors (created_at) WHERE status IS NULL',
    );
    await queryRunner.query('CREATE INDEX odata_status_monitors_expires_at_idx ON odata_status_monitors (expires_at)');
    await queryRunner.query(`COMMENT ON TABLE odata_status_monitors IS
      'Requests with the preference respond-async: what is to be done, who is doing it, and what it came to.'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE odata_status_monitors, odata_repeatable_requests');
  }
}
