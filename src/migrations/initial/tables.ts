/** The tables with their keys and checks. Text compares by code point: COLLATE "C". */
export const enumTypes = ['contact_type', 'customer_blocked', 'sales_invoice_status'];

export const tableNames = [
  'number_series',
  'customer_ledger_entries',
  'dimension_lines',
  'dimension_values',
  'dimensions',
  'customer_payments',
  'customer_payment_journals',
  'sales_invoices',
  'customers',
  'accounts',
  'companies',
];

export const tables = [
  `CREATE TYPE contact_type AS ENUM ('Company', 'Person')`,
  `CREATE TYPE customer_blocked AS ENUM ('None', 'Ship', 'Invoice', 'All')`,
  `CREATE TYPE sales_invoice_status AS ENUM ('Draft', 'In_x0020_Review', 'Open', 'Paid', 'Canceled', 'Corrective')`,

  `CREATE TABLE companies (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name varchar(30) COLLATE "C" NOT NULL,
  display_name varchar(250) COLLATE "C",
  system_version text COLLATE "C",
  business_profile_id varchar(250) COLLATE "C",
  CONSTRAINT companies_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX companies_name_key ON companies (name)`,

  `CREATE TABLE accounts (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  number varchar(20) COLLATE "C" NOT NULL,
  display_name varchar(100) COLLATE "C",
  category text COLLATE "C",
  blocked boolean NOT NULL DEFAULT false,
  direct_posting boolean NOT NULL DEFAULT true,
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT accounts_pkey PRIMARY KEY (id),
  CONSTRAINT accounts_company_id_number_key UNIQUE (company_id, number),
  CONSTRAINT accounts_id_company_id_key UNIQUE (id, company_id)
)`,

  `CREATE TABLE customers (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  number varchar(20) COLLATE "C" NOT NULL,
  display_name varchar(100) COLLATE "C" NOT NULL,
  type contact_type NOT NULL DEFAULT 'Company',
  address_street varchar(100) COLLATE "C",
  address_city varchar(30) COLLATE "C",
  address_state varchar(30) COLLATE "C",
  address_country_letter_code varchar(10) COLLATE "C",
  address_postal_code varchar(20) COLLATE "C",
  phone_number varchar(30) COLLATE "C",
  email varchar(80) COLLATE "C",
  website varchar(80) COLLATE "C",
  contact_id varchar(250) COLLATE "C",
  tax_liable boolean NOT NULL DEFAULT false,
  tax_registration_number varchar(20) COLLATE "C",
  currency_code varchar(10) COLLATE "C",
  credit_limit numeric(18,5),
  blocked customer_blocked NOT NULL DEFAULT 'None',
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT customers_pkey PRIMARY KEY (id),
  CONSTRAINT customers_company_id_number_key UNIQUE (company_id, number),
  CONSTRAINT customers_id_company_id_key UNIQUE (id, company_id),
  CONSTRAINT customers_id_company_id_number_key UNIQUE (id, company_id, number)
)`,

  `CREATE TABLE sales_invoices (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  number varchar(20) COLLATE "C" NOT NULL,
  external_document_number varchar(35) COLLATE "C",
  invoice_date date NOT NULL,
  posting_date date,
  due_date date,
  customer_id uuid NOT NULL,
  bill_to_customer_id uuid,
  currency_code varchar(10) COLLATE "C",
  total_amount_excluding_tax numeric(18,5) NOT NULL DEFAULT 0,
  total_tax_amount numeric(18,5) NOT NULL DEFAULT 0,
  total_amount_including_tax numeric(18,5) NOT NULL DEFAULT 0,
  remaining_amount numeric(18,5) NOT NULL DEFAULT 0,
  status sales_invoice_status NOT NULL DEFAULT 'Draft',
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT sales_invoices_pkey PRIMARY KEY (id),
  CONSTRAINT sales_invoices_company_id_number_key UNIQUE (company_id, number),
  CONSTRAINT sales_invoices_id_company_id_number_key UNIQUE (id, company_id, number)
)`,

  `CREATE TABLE customer_payment_journals (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  code varchar(10) COLLATE "C" NOT NULL,
  display_name varchar(50) COLLATE "C",
  balancing_account_id uuid,
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT customer_payment_journals_pkey PRIMARY KEY (id),
  CONSTRAINT customer_payment_journals_company_id_code_key UNIQUE (company_id, code),
  CONSTRAINT customer_payment_journals_id_company_id_key UNIQUE (id, company_id)
)`,

  `CREATE TABLE customer_payments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  journal_id uuid NOT NULL,
  line_number integer NOT NULL,
  customer_id uuid,
  customer_number varchar(20) COLLATE "C",
  contact_id varchar(250) COLLATE "C",
  posting_date date,
  document_number varchar(20) COLLATE "C",
  external_document_number varchar(20) COLLATE "C",
  amount numeric(18,5) NOT NULL DEFAULT 0,
  applies_to_invoice_id uuid,
  applies_to_invoice_number varchar(20) COLLATE "C",
  description varchar(50) COLLATE "C",
  comment varchar(250) COLLATE "C",
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT customer_payments_pkey PRIMARY KEY (id),
  CONSTRAINT customer_payments_journal_id_line_number_key UNIQUE (journal_id, line_number),
  CONSTRAINT customer_payments_id_company_id_key UNIQUE (id, company_id),
  CONSTRAINT customer_payments_customer_check CHECK ((customer_id IS NULL) = (customer_number IS NULL)),
  CONSTRAINT customer_payments_applies_to_invoice_check CHECK (applies_to_invoice_id IS NULL OR applies_to_invoice_number IS NOT NULL)
)`,

  `CREATE TABLE dimensions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  code varchar(20) COLLATE "C" NOT NULL,
  display_name varchar(30) COLLATE "C" NOT NULL,
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT dimensions_pkey PRIMARY KEY (id),
  CONSTRAINT dimensions_company_id_code_key UNIQUE (company_id, code),
  CONSTRAINT dimensions_id_company_id_key UNIQUE (id, company_id)
)`,

  `CREATE TABLE dimension_values (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  dimension_id uuid NOT NULL,
  code varchar(20) COLLATE "C" NOT NULL,
  display_name varchar(50) COLLATE "C",
  blocked boolean NOT NULL DEFAULT false,
  last_modified_date_time timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT dimension_values_pkey PRIMARY KEY (id),
  CONSTRAINT dimension_values_dimension_id_code_key UNIQUE (dimension_id, code),
  CONSTRAINT dimension_values_id_dimension_id_company_id_key UNIQUE (id, dimension_id, company_id)
)`,

  `CREATE TABLE dimension_lines (
  payment_id uuid NOT NULL,
  dimension_id uuid NOT NULL,
  company_id uuid NOT NULL,
  dimension_value_id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT dimension_lines_pkey PRIMARY KEY (payment_id, dimension_id)
)`,

  `CREATE TABLE customer_ledger_entries (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  entry_number integer NOT NULL,
  posting_date date NOT NULL,
  document_type varchar(20) COLLATE "C" NOT NULL,
  document_number varchar(20) COLLATE "C",
  external_document_number varchar(20) COLLATE "C",
  customer_id uuid NOT NULL,
  description varchar(50) COLLATE "C",
  amount numeric(18,5) NOT NULL DEFAULT 0,
  remaining_amount numeric(18,5) NOT NULL DEFAULT 0,
  open boolean NOT NULL DEFAULT true,
  applies_to_invoice_id uuid,
  journal_code varchar(10) COLLATE "C" NOT NULL,
  posted_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT customer_ledger_entries_pkey PRIMARY KEY (id),
  CONSTRAINT customer_ledger_entries_company_id_entry_number_key UNIQUE (company_id, entry_number)
)`,

  `CREATE TABLE number_series (
  company_id uuid NOT NULL,
  code varchar(50) COLLATE "C" NOT NULL,
  journal_id uuid,
  prefix varchar(12) COLLATE "C" NOT NULL DEFAULT '',
  next_number integer NOT NULL DEFAULT 1,
  digits integer NOT NULL DEFAULT 1,
  CONSTRAINT number_series_pkey PRIMARY KEY (company_id, code),
  CONSTRAINT number_series_journal_id_key UNIQUE (journal_id),
  CONSTRAINT number_series_next_number_check CHECK (next_number > 0)
)`,
];
