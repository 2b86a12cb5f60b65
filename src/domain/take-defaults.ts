/** The default dimensions of a customer on their way to his payments. */
import { named, sql, statement } from '../odata';

/**
 * Payments get the defaults of their new customer, and lose those of the one before. A line that somebody has written stays, and wins in its
 * dimension. One statement for all payments of a request; two lists of the same length, the customer null where a payment has none any more.
 */
export const takeDefaults = statement(sql`
  with taken as (
    select t.payment_id, d.dimension_id, d.company_id, d.dimension_value_id, d.customer_id
    from unnest(${named('payment', 'uuid[]')}, ${named('customer', 'uuid[]')}) as t (payment_id, customer_id)
    join default_dimensions d on d.customer_id = t.customer_id
    where d.dimension_value_id is not null
  ),
  left_behind as (
    delete from dimension_lines l
    where l.payment_id = any(${named('payment', 'uuid[]')}) and l.default_of is not null
      and not exists (select from taken t where t.payment_id = l.payment_id and t.dimension_id = l.dimension_id)
  )
  insert into dimension_lines (payment_id, dimension_id, company_id, dimension_value_id, default_of, version)
  select payment_id, dimension_id, company_id, dimension_value_id, customer_id,
    (1 + ('x' || left(gen_random_uuid()::text, 8))::bit(32)::int8 % 1000000000)::int4 from taken
  on conflict (payment_id, dimension_id) do update
    set dimension_value_id = excluded.dimension_value_id, default_of = excluded.default_of
    where dimension_lines.default_of is not null`);
