/** The rows of the second model, by plain SQL. */
import type { DataSource } from 'typeorm';
import { grandRooms } from './rooms';

/** Fills the empty tables. */
export async function insertRows(source: DataSource): Promise<void> {
  for (const statement of statements) await source.query(statement);
}

const statements: readonly string[] = [
  `INSERT INTO airlines ("airlineCode", name) VALUES
     ('AA', 'American Airlines'), ('FM', 'Shanghai Airline'), ('MU', 'China Eastern Airlines'), ('O''R', 'O''Reilly & Söhne / 50% +')`,
  `INSERT INTO geo.airports ("icaoCode", "iataCode", name, "locationLatitude", "locationLongitude", kind) VALUES
     ('KSFO', 'SFO', 'San Francisco International Airport', 37.6188, -122.375, 'Civil'),
     ('KLAX', 'LAX', 'Los Angeles International Airport', 33.9425, -118.4081, 'Civil'),
     ('ZBAA', 'PEK', 'Beijing Capital International Airport', 40.08, 116.58444, 'Civil'),
     ('KEDW', 'EDW', 'Edwards Air Force Base', 34.9054, -117.8837, 'Military')`,
  `INSERT INTO people ("userName", "firstName", "lastName", gender, age, emails, "favoriteFeature", "home_Name", "home_Region", "work_Name", "work_Region", concurrency, "joinedAt", "changedAt", best_friend) VALUES
     ('russellwhyte', 'Russell', 'Whyte', 0, 31, '{"Russell@example.com","Russell@contoso.com"}', 1, 'Boise', 'ID', NULL, NULL, 1, '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123Z', NULL),
     ('scottketchum', 'Scott', 'Ketchum', 0, 9007199254740993, '{"Scott@example.com"}', 3, NULL, NULL, 'Seattle', NULL, 2, '2020-02-01T00:00:00.000001Z', '2020-02-01T00:00:00Z', 'russellwhyte'),
     ('o''neil/50% +ü', 'Shaquille', NULL, 2, NULL, '{}', 0, NULL, NULL, NULL, NULL, 1, '2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z', 'russellwhyte'),
     ('ronaldmundy', 'Ronald', 'Mundy', 0, -5, '{"Ronald@example.com","a\\"b,c{}\\\\d","NULL",""}', 7, 'Ulm', 'BW', 'Ulm', 'BW', 1, '2022-01-01T00:00:00Z', '2022-01-01T00:00:00Z', 'scottketchum'),
     ('mirsking', 'Mirs', 'King', 1, 0, '{"mirs@example.com"}', 6, '', '', NULL, 'WA', 3, '2023-01-01T00:00:00Z', '2023-01-01T00:00:00Z', NULL)`,
  `INSERT INTO passports (number, issued, holder) VALUES (1001, '2020-05-05', 'russellwhyte'), (1002, '2021-06-06', 'mirsking')`,
  `INSERT INTO trips ("shareId", owner, "tripNumber", budget, "startsAt", duration, ratings, airline) VALUES
     ('9d9b2fa0-efbf-490e-a5e3-bac8f7d47354', 'russellwhyte', 1, 3000, '2014-01-01T00:00:00Z', 'P3D', '{5,3,4}', 'AA'),
     ('6a95ea73-2d7c-4b6b-b8b0-2ff8bb8e51d0', 'russellwhyte', 2, 'NaN', '2014-02-01T00:00:00Z', 'PT-36H-1.5S', '{}', NULL),
     ('f94e9116-8bdd-4dac-ab61-08438d0d9a71', 'scottketchum', 1, 'Infinity', '2014-03-01T12:30:00Z', NULL, '{1}', 'FM'),
     ('b2a80e1b-7f46-4b0e-8f0a-3e8c4c1d2a11', 'o''neil/50% +ü', 1, 0.1, '0001-01-01T00:00:00Z', 'PT0S', '{-1,0,2147483647}', 'O''R')`,
  `INSERT INTO venues (code, "place_Label", "place_city_Name", "place_city_Region", "place_point_Latitude", "place_point_Longitude", "former_Label", "former_city_Name", "former_city_Region", annex_of) VALUES
     ('A', 'Hall', 'Ulm', 'BW', 48.4, 9.99, NULL, NULL, NULL, NULL),
     ('B', 'Barn', NULL, NULL, -10, 0.5, NULL, 'Bonn', NULL, 'A'),
     ('C', 'Club', 'Ulm', NULL, 48.5, 10, 'Old club', NULL, NULL, 'A')`,
  `INSERT INTO keyed (flag, byte, "signedByte", int16, int32, int64, money, day, moment, clock, span, guid, text, gender, features, note) VALUES
     (true, 255, -128, -32768, 2147483647, -9223372036854775808, -1.500, '2026-03-31', '2026-03-31T09:12:44.100Z', '09:12:44.5', 'P-1DT-2H', '12345678-9abc-def0-1234-56789abcdef0', 'O''Reilly & Söhne / 50% +', 1, 5, 'one'),
     (false, 0, 0, 0, 0, 0, 0, '0001-01-01', '0001-01-01T00:00:00Z', '00:00:00', 'PT0S', '00000000-0000-0000-0000-000000000000', '', 0, 0, 'none')`,
  `INSERT INTO everything (id, day, flag, byte, "signedByte", int16, int32, int64, money, whole, "any", single, double, moment, clock, span, bytes, guid, text, label) VALUES
     (1, '2026-03-31', true, 0, -128, -32768, -2147483648, -9223372036854775808, -9999999.99, -999999999, -1e-30, 'NaN', '-Infinity', '0001-01-01T00:00:00Z', '00:00:00', 'P-1DT-2H-3M-4.5S', '\\x', '00000000-0000-0000-0000-000000000000', '', NULL),
     (2, '2026-03-31', false, 255, 127, 32767, 2147483647, 9223372036854775807, 9999999.99, 999999999, 12345678901234567890123456789.5, 3.4028235e38, 1.7976931348623157e308, '9999-12-31T23:59:59.999999Z', '23:59:59', 'P400DT25H', '\\x00ff3e3f', 'ffffffff-ffff-ffff-ffff-ffffffffffff', E'a"b\\\\c\\td\\n \\u00fc \\U0001f3bb', 'null'),
     (-3, '0001-01-01', true, 7, NULL, NULL, NULL, NULL, 1.50, NULL, NULL, NULL, NULL, '2026-03-31T12:34:56.789Z', NULL, NULL, NULL, NULL, 'plain', NULL),
     (4, '9999-12-31', true, 7, 0, 0, 0, 0, 0, 0, 100, 0.1, 1e-7, '2026-03-31T12:34:56Z', '12:34:56', 'PT1.000001S', '\\xfb', '12345678-9abc-def0-1234-56789abcdef0', 'x', 'X')`,
  `INSERT INTO contacts (code, name, revision, airline, friend, kind, salary, level, badge, "office_Name", "office_Region", manager, budget, rating) VALUES
     ('ann', 'Ann', 1, 'AA', NULL, 'Contact', NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL),
     ('boss', 'Boss', 4, NULL, 'ann', 'manager', 9000.50, 9, 1, 'Boise', 'ID', NULL, 9007199254740993, NULL),
     ('chief', 'Chief', 1, 'MU', 'boss', 'manager', 7000, 7, 2, 'Ulm', NULL, 'boss', NULL, NULL),
     ('dora', 'Dora', 1, 'FM', 'ann', 'employee', 3000, 3, 3, NULL, NULL, 'chief', NULL, NULL),
     ('emil', 'Emil', 2, NULL, 'dora', 'employee', 2999.99, 2, NULL, NULL, NULL, 'chief', NULL, NULL),
     ('fritz', 'Fritz', 1, NULL, NULL, 'supplier', NULL, 3, NULL, NULL, NULL, NULL, NULL, 5),
     ('gus', 'Gus', 1, 'AA', 'chief', 'supplier', NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL)`,
  `INSERT INTO plan_items (id, title, contact, type, place, seat, "flightNumber", flown_by) VALUES
     (1, 'Dinner', 'ann', 'Event', 'Kitchen', NULL, NULL, NULL),
     (2, 'To Boise', 'ann', 'Flight', NULL, '4A', 'AA26', 'AA'),
     (3, 'To Ulm', 'dora', 'Flight', NULL, NULL, 'MU1930', 'MU'),
     (4, 'Fair', 'dora', 'Event', NULL, NULL, NULL, NULL)`,
  `INSERT INTO students (name, age, revision) VALUES ('Ann', 19, 1), ('Bo', 23, 2), ('Cy', 27, 1), ('Di', 31, 1)`,
  `INSERT INTO courses (code, fee) VALUES ('art', 10), ('bio', 5.5), ('o''x', 0), ('void', 0)`,
  `INSERT INTO enrolments (course, student) VALUES ('art', 1), ('art', 2), ('art', 3), ('bio', 1), ('bio', 4), ('o''x', 2)`,
  `INSERT INTO mentors (mentee, mentor) VALUES (2, 1), (3, 1), (3, 2), (1, 4), (4, 4)`,
  `INSERT INTO halls (house, floor, seats) VALUES ('N', 1, 20), ('N', 2, 5), ('S', 2, 30)`,
  `INSERT INTO course_halls (course, house, floor) VALUES ('art', 'N', 1), ('art', 'S', 2), ('bio', 'N', 1), ('bio', 'N', 2)`,
  `INSERT INTO clubs (name, more) VALUES ('chess', '{"size":5}'), ('go', '{}')`,
  `INSERT INTO albums (title, note, "coverType", cover, icon, print, revision) VALUES
     ('Rome', 'warm', 'image/jpeg', '\\xffd8ff0000', '\\x89504e47', '\\x00', 3),
     ('Ulm', NULL, NULL, NULL, '', NULL, 1),
     ('O''Hare / 50%', NULL, 'text/plain; charset=utf-8', convert_to('Grüße "\\', 'UTF8'), '\\x00', NULL, 7)`,
  `INSERT INTO photos (caption, "mediaType", bytes, revision) VALUES
     ('Forum', 'image/png', '\\x89504e470d0a1a0a', 1), ('Words', 'text/plain', '\\x6162', 2), ('Odd', E'a\nb', '\\xff', 1)`,
  `INSERT INTO pages (id, headline, scan, album) VALUES
     ('11111111-1111-4111-8111-111111111111', 'One', '\\x25504446', 'Rome'),
     ('22222222-2222-4222-8222-222222222222', NULL, NULL, 'Rome')`,
  `SELECT setval(pg_get_serial_sequence('plan_items', 'id'), 4)`,
  `INSERT INTO hotels (code, rooms, kinds, note, revision, main) VALUES
     ('grand', '${grandRooms.replaceAll("'", "''")}', '{0,5,1,5}', 'Grand', 3, NULL),
     ('inn', '[{"name":"Attic","beds":1,"rate":9.5,"features":0}]', '{0}', NULL, 1, 'grand'),
     ('void', '[]', '{}', 'Empty', 1, 'grand')`,
  `INSERT INTO guests (code, name, age, extra, revision, host) VALUES
     ('ann', 'Ann', 31, '{"height":180.5,"born":"2020-02-29","born@type":"Date","vip":true,"points":9007199254740993,"points@type":"Int64",
       "balance":12345678901234567890.5,"balance@type":"Decimal","nick":"Zoë \\\"z\\\"","since":"2026-03-31T09:12:44.5Z","since@type":"DateTimeOffset",
       "stay":"P1DT2H","stay@type":"Duration","token":"12345678-9abc-def0-1234-56789abcdef0","token@type":"Guid","opens":"09:30:00","opens@type":"TimeOfDay"}', 2, NULL),
     ('bob', 'Bob', NULL, '{"height":90,"height@type":"Int32","born":"1999-12-31","vip":false,"nick":"bob","naïve":1,"_x":"under","since":"2026-03-31T09:12:44Z","gone":null}', 1, 'ann'),
     ('cleo', 'Cleo', 7, '{"height":"tall","nick":"2020-02-29","points":5,"tags":["sea",null,"a"],"scores":[1,2.5],"balance":0.1,"balance@type":"Decimal","stay":"PT10M","stay@type":"Duration"}', 1, 'ann'),
     ('dan', 'Dan', 90, '{}', 1, 'bob')`,
  `INSERT INTO assets (id, rest, kind, wheels) VALUES (1, '{"weight":5}', 'Asset', 4), (2, '{"weight":7,"color":"red"}', 'vehicle', 3)`,
  `INSERT INTO divisions (number, code, name, superordinate) VALUES
     (1, 'Sales', 'Corporate Sales', NULL), (2, 'US', 'US', 1), (3, 'EMEA', 'EMEA', 1), (4, 'US West', 'US West', 2),
     (5, 'US East', 'US East', 2), (6, 'EMEA Central', 'EMEA Central', 3), (7, 'Mars', 'Mars', NULL), (8, 'Phobos', 'Phobos', 7),
     (9, NULL, 'No node', 2), (10, 'Atlantis', 'Atlantis', 9), (11, 'Child', 'Child of Atlantis', 10)`,
  `INSERT INTO bosses (division, boss) VALUES (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (8, 7), (10, 2), (10, 3), (11, 10), (9, 2)`,
  `INSERT INTO products (name) VALUES ('Sugar'), ('Coffee'), ('Paper'), ('Pencil')`,
  `INSERT INTO deals (id, amount, product, region, division) VALUES
     (1, 1, 'Paper', 'US', 4), (2, 2, 'Sugar', 'US', 4), (3, 4, 'Coffee', 'EMEA', 4), (4, 8, 'Coffee', NULL, 5), (5, 4, 'Paper', 'Atlantis', 5),
     (6, 2, 'Paper', 'Nowhere', 6), (7, 1, 'Sugar', 'Sales', 6), (8, 2, 'Paper', 'EMEA', 6), (9, 10, 'Sugar', 'US', 10), (10, NULL, 'Sugar', 'Mars', 9),
     (11, 0.5, 'Coffee', 'Mars', NULL), (12, 7, 'Coffee', 'US West', 2)`,
  `UPDATE deals SET regions = case id when 1 then '{US,EMEA}' when 3 then '{Mars,Nowhere,Mars}' when 4 then '{Atlantis}' when 9 then '{US East,US}' else '{}' end::text[]`,
  `INSERT INTO shelves (n) SELECT generate_series(1, 4)`,
  `INSERT INTO things (number, was, place, known) SELECT i, i % 2, i % 5, 1 + i % 3 FROM generate_series(1, 12) AS i`,
];
