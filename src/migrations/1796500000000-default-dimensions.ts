import type { MigrationInterface, QueryRunner } from 'typeorm';
import { track, untrack } from './tracked-changes';

const comments = (table: string, about: string, columns: Readonly<Record<string, string>>): readonly string[] => [
  `COMMENT ON TABLE ${table} IS '${about}'`,
  ...Object.entries(columns).map(([column, comment]) => `COMMENT ON COLUMN ${table}.${column} IS '${comment}'`),
];

const raised = (table: string): string => `CREATE TRIGGER ${table}_version BEFORE UPDATE ON ${table}
  FOR EACH ROW WHEN (OLD.version = NEW.version) EXECUTE FUNCTION raise_version_and_time()`;

const defaultDimensions: readonly string[] = [
  `CREATE TYPE default_dimension_value_posting_type AS ENUM ('_x0020_', 'Code_x0020_Mandatory', 'Same_x0020_Code', 'No_x0020_Code')`,
  `CREATE TABLE default_dimensions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  customer_id uuid NOT NULL,
  company_id uuid NOT NULL,
  dimension_id uuid NOT NULL,
  dimension_value_id uuid,
  posting_validation default_dimension_value_posting_type NOT NULL DEFAULT '_x0020_',
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT default_dimensions_pkey PRIMARY KEY (id),
  CONSTRAINT default_dimensions_customer_id_dimension_id_key UNIQUE (customer_id, dimension_id)
)`,
  'CREATE INDEX default_dimensions_dimension_id_idx ON default_dimensions (dimension_id, dimension_value_id)',
  `ALTER TABLE default_dimensions ADD CONSTRAINT default_dimensions_customer_id_fkey FOREIGN KEY (company_id, customer_id)
    REFERENCES customers (company_id, id) ON DELETE CASCADE`,
  `ALTER TABLE default_dimensions ADD CONSTRAINT default_dimensions_dimension_id_fkey FOREIGN KEY (company_id, dimension_id)
    REFERENCES dimensions (company_id, id)`,
  `ALTER TABLE default_dimensions ADD CONSTRAINT default_dimensions_dimension_value_id_fkey
    FOREIGN KEY (company_id, dimension_id, dimension_value_id) REFERENCES dimension_values (company_id, dimension_id, id)`,
  raised('default_dimensions'),
  ...track('default_dimensions', ['id', 'customer_id', 'company_id', 'dimension_id', 'dimension_value_id']),
  ...comments(
    'default_dimensions',
    'The value in a dimension that payments get from their customer, and what posting checks of it.',
    {
      id: 'The unique id of the default dimension.',
      customer_id: 'The id of the customer.',
      company_id: 'The company that owns the row.',
      dimension_id: 'The id of the dimension; at most one default of the customer for each.',
      dimension_value_id: 'The id of the value that payments get; null gives them none.',
      posting_validation: 'What posting checks of the value that a payment has in the dimension.',
      last_modified_date_time: 'When the row was last written.',
      version: 'Raised by every write; the ETag.',
    },
  ),
];

/** Who writes a line, and does not say whose default it is, makes it his own. */
const marked: readonly string[] = [
  'ALTER TABLE dimension_lines ADD COLUMN default_of uuid',
  `COMMENT ON COLUMN dimension_lines.default_of IS 'The id of the customer whose default the line is; null when somebody has written it.'`,
  `CREATE FUNCTION no_default_any_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.default_of := NULL;
  RETURN NEW;
END
$$`,
  `CREATE TRIGGER dimension_lines_default BEFORE UPDATE ON dimension_lines
    FOR EACH ROW WHEN (OLD.default_of = NEW.default_of) EXECUTE FUNCTION no_default_any_more()`,
];

const templates: readonly string[] = [
  `CREATE TABLE customer_templates (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  code varchar(20) COLLATE "C" NOT NULL,
  display_name varchar(100) COLLATE "C",
  country_letter_code varchar(10) COLLATE "C",
  city varchar(30) COLLATE "C",
  state varchar(30) COLLATE "C",
  postal_code varchar(20) COLLATE "C",
  currency_code varchar(10) COLLATE "C",
  type contact_type,
  tax_liable boolean,
  blocked customer_blocked,
  credit_limit numeric(18,5),
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT customer_templates_pkey PRIMARY KEY (id),
  CONSTRAINT customer_templates_company_id_code_key UNIQUE (company_id, code)
)`,
  'CREATE INDEX customer_templates_company_id_country_letter_code_idx ON customer_templates (company_id, country_letter_code, code)',
  `ALTER TABLE customer_templates ADD CONSTRAINT customer_templates_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies (id)`,
  raised('customer_templates'),
  ...track('customer_templates', ['id', 'company_id']),
  ...comments('customer_templates', 'What new customers get where a client leaves it out.', {
    id: 'The unique id of the template.',
    company_id: 'The company that owns the row.',
    code: 'The code of the template, unique in the company.',
    display_name: 'What the template is for.',
    country_letter_code: 'The code of the country whose new customers get the values; null for those of all countries.',
    city: 'The city that they get; null gives none.',
    state: 'The state or region that they get; null gives none.',
    postal_code: 'The postal code that they get; null gives none.',
    currency_code: 'The currency that they get; null gives none.',
    type: 'Whether they are companies or persons; null does not say.',
    tax_liable: 'Whether they are liable for sales tax; null does not say.',
    blocked: 'Which documents may not be made for them; null does not say.',
    credit_limit: 'The most that they may owe; null gives no limit.',
    last_modified_date_time: 'When the row was last written.',
    version: 'Raised by every write; the ETag.',
  }),
];

/** What payments get from their customers, and customers from templates. */
export class DefaultDimensions1796500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...defaultDimensions, ...marked, ...templates]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['customer_templates', 'default_dimensions'])
      for (const statement of untrack(table)) await queryRunner.query(statement);
    await queryRunner.query('DROP TABLE customer_templates, default_dimensions');
    await queryRunner.query('DROP TYPE default_dimension_value_posting_type');
    await queryRunner.query('DROP TRIGGER dimension_lines_default ON dimension_lines');
    await queryRunner.query('DROP FUNCTION no_default_any_more()');
    await queryRunner.query('ALTER TABLE dimension_lines DROP COLUMN default_of');
  }
}
