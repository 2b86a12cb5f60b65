/** Every write raises the version and sets the time, even one that does not know of them: a cascade, SQL written by hand. */
export const functions = [
  `CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$`,
  `CREATE FUNCTION raise_version_and_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.last_modified_date_time := now();
  RETURN NEW;
END
$$`,
];

const trigger = (table: string, action: string): string => `CREATE TRIGGER ${table}_version BEFORE UPDATE ON ${table}
  FOR EACH ROW WHEN (OLD.version = NEW.version) EXECUTE FUNCTION ${action}()`;

export const triggers = [
  trigger('accounts', 'raise_version_and_time'),
  trigger('customers', 'raise_version_and_time'),
  trigger('sales_invoices', 'raise_version_and_time'),
  trigger('customer_payment_journals', 'raise_version_and_time'),
  trigger('customer_payments', 'raise_version_and_time'),
  trigger('dimensions', 'raise_version_and_time'),
  trigger('dimension_values', 'raise_version_and_time'),
  trigger('dimension_lines', 'raise_version'),
];
