/** A second model, in the manner of the reference service TripPin: what the first one has no use for, the engine must serve all the same. */
import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
  ViewEntity,
  VirtualColumn,
} from 'typeorm';
import { ComplexType, EntityType, Navigation, Property } from '../../../src/odata';

/** Members combine; stored as their sum. */
const feature = {
  name: 'Feature',
  members: { Feature1: 1, Feature2: 2, Feature3: 4 },
  isFlags: true,
  description: 'What somebody likes; <several> & "mixed".',
} as const;

const gender = { name: 'PersonGender', members: { Male: 0, Female: 1, Unknown: 2 } } as const;

@ComplexType({ name: 'City' })
export class City {
  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  region!: string | null;
}

@ComplexType({ name: 'GeoPoint', description: 'A place on earth.' })
export class GeoPoint {
  @Property({ measure: { unit: '°' } })
  @Column({ type: 'double precision' })
  latitude!: number;

  @Column({ type: 'double precision', default: 0.5 })
  longitude!: number;
}

/** Complex values within complex values. */
@ComplexType({ name: 'Place' })
export class Place {
  @Column({ type: 'text', default: 'somewhere' })
  label!: string;

  @Column(() => City, { prefix: 'city_' })
  city!: City;

  @Column(() => GeoPoint, { prefix: 'point_' })
  point!: GeoPoint;
}

@ComplexType({ name: 'Site' })
export class Site {
  @Column({ type: 'text', nullable: true, default: 'Old club' })
  label!: string | null;

  @Column(() => City, { prefix: 'city_' })
  city!: City;
}

@EntityType({ name: 'Airline', entitySet: 'Airlines', alternateKeys: [['name']] })
@Entity('airlines', { comment: 'Who flies.' })
export class Airline {
  @PrimaryColumn({ type: 'varchar', length: 3 })
  airlineCode!: string;

  @Index({ unique: true })
  @Column({ type: 'text', default: '' })
  name!: string;
}

@EntityType({
  name: 'Airport',
  entitySet: 'Airports',
  alternateKeys: [['iataCode', 'icaoCode']],
  order: ['-name', 'icaoCode'],
  trackChanges: true,
})
@Entity({ name: 'airports', schema: 'geo' })
@Unique('airports_codes', ['iataCode', 'icaoCode'])
export class Airport {
  @PrimaryColumn({ type: 'varchar', length: 4 })
  icaoCode!: string;

  @Column({ type: 'varchar', length: 3 })
  iataCode!: string;

  @Property({ searchable: true })
  @Column({ type: 'text' })
  name!: string;

  @Column(() => GeoPoint)
  location!: GeoPoint;

  @Property({ enumType: { name: 'AirportKind', members: { Civil: 0, Military: 1 } } })
  @Column({ type: 'enum', enumName: 'airport_kind', enum: ['Civil', 'Military'], default: 'Civil' })
  kind!: string;
}

@EntityType({
  name: 'Person',
  entitySet: 'People',
  order: ['userName'],
  trackChanges: true,
  description: 'Somebody who travels.',
})
@Entity('people')
export class Person {
  @PrimaryColumn({ type: 'text' })
  userName!: string;

  @Property({ searchable: true })
  @Column({ type: 'text' })
  firstName!: string;

  @Column({ type: 'text', nullable: true })
  lastName!: string | null;

  @Property({ enumType: gender })
  @Column({ type: 'smallint', default: 2 })
  gender!: number;

  @Column({ type: 'bigint', nullable: true })
  age!: string | null;

  @Column({ type: 'text', array: true, default: [] })
  emails!: string[];

  @Property({ enumType: feature })
  @Column({ type: 'integer', default: 5 })
  favoriteFeature!: number;

  @Column(() => City, { prefix: 'home_' })
  home!: City;

  @Column(() => City, { prefix: 'work_' })
  work!: City;

  @Property({ path: 'bestFriend/firstName', description: 'The first name of the best friend.' })
  bestFriendName!: string | null;

  @VirtualColumn({
    type: 'bigint',
    query: (alias) => `SELECT count(*) FROM "trips" "t" WHERE "t"."owner" = ${alias}."userName"`,
  })
  tripCount!: string;

  @VersionColumn({ type: 'integer' })
  concurrency!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  joinedAt!: string;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  changedAt!: string;

  @ManyToOne(() => Person, (person) => person.admirers, { nullable: true, onDelete: 'SET NULL' })
  @JoinColumn({ name: 'best_friend' })
  bestFriend!: Person | null;

  @OneToMany(() => Person, (person) => person.bestFriend)
  admirers!: Person[];

  @OneToOne(() => Passport, (passport) => passport.holder)
  passport!: Passport | null;

  @Navigation({ contained: true, description: 'The trips of the person.' })
  @OneToMany(() => Trip, (trip) => trip.owner)
  trips!: Trip[];
}

@EntityType({ name: 'Passport', entitySet: 'Passports', deletable: false, trackChanges: true })
@Entity('passports')
export class Passport {
  @Property({ computed: true })
  @PrimaryGeneratedColumn({ type: 'integer' })
  number!: number;

  @Property({ immutable: true })
  @Column({ type: 'date' })
  issued!: string;

  @OneToOne(() => Person, (person) => person.passport, { nullable: false })
  @JoinColumn({ name: 'holder' })
  holder!: Person;
}

@EntityType({ name: 'Trip', alternateKeys: [['tripNumber']], trackChanges: true })
@Entity('trips')
@Check('"budget" >= 0')
@Check('"tripNumber" BETWEEN 1 AND 999')
@Check('"tripNumber" > 0 OR "owner" IS NOT NULL')
@Unique('trips_number', ['ownerName', 'tripNumber'])
export class Trip {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid')
  shareId!: string;

  @Property({ hidden: true })
  @Column({ type: 'text', name: 'owner' })
  ownerName!: string;

  @Property({ filled: true })
  @Column({ type: 'integer' })
  tripNumber!: number;

  @Property({ measure: { isoCurrency: 'USD' } })
  @Column({ type: 'real', nullable: true })
  budget!: number | null;

  @Column({ type: 'timestamptz' })
  startsAt!: string;

  @Column({ type: 'interval', nullable: true })
  duration!: string | null;

  @Column({ type: 'integer', array: true, default: [] })
  ratings!: number[];

  @Navigation({ description: 'Who travels.' })
  @ManyToOne(() => Person, (person) => person.trips, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'owner' })
  owner!: Person;

  @ManyToOne(() => Airline, { nullable: true })
  @JoinColumn({ name: 'airline' })
  airline!: Airline | null;
}

/** A column of every primitive type. */
@EntityType({ name: 'Everything', entitySet: 'Everythings' })
@Entity('everything')
export class Everything {
  @PrimaryColumn({ type: 'bigint' })
  id!: string;

  @PrimaryColumn({ type: 'date' })
  day!: string;

  @Column({ type: 'boolean', default: true })
  flag!: boolean;

  @Property({ type: 'Edm.Byte' })
  @Column({ type: 'smallint', default: 255 })
  byte!: number;

  @Property({ type: 'Edm.SByte' })
  @Column({ type: 'smallint', nullable: true })
  signedByte!: number | null;

  @Column({ type: 'smallint', nullable: true })
  int16!: number | null;

  @Column({ type: 'integer', nullable: true })
  int32!: number | null;

  @Column({ type: 'bigint', nullable: true })
  int64!: string | null;

  @Property({ measure: { isoCurrencyOf: 'label' } })
  @Column({ type: 'numeric', precision: 9, scale: 2, default: '1.50' })
  money!: string;

  @Column({ type: 'numeric', precision: 9, nullable: true })
  whole!: string | null;

  @Column({ type: 'numeric', nullable: true })
  any!: string | null;

  @Column({ type: 'real', nullable: true })
  single!: number | null;

  @Column({ type: 'double precision', nullable: true })
  double!: number | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  moment!: string;

  @Column({ type: 'time', precision: 0, nullable: true })
  clock!: string | null;

  @Column({ type: 'interval', nullable: true })
  span!: string | null;

  @Column({ type: 'bytea', nullable: true })
  bytes!: Buffer | null;

  @Column({ type: 'uuid', nullable: true })
  guid!: string | null;

  @Column({ type: 'varchar', length: 40, default: 'a "b" <c> & d' })
  text!: string;

  @Column({ type: 'text', nullable: true, default: 'X' })
  label!: string | null;
}

@EntityType({ name: 'Venue', entitySet: 'Venues' })
@Entity('venues')
export class Venue {
  @PrimaryColumn({ type: 'varchar', length: 8 })
  code!: string;

  @Column(() => Place, { prefix: 'place_' })
  place!: Place;

  @Column(() => Site, { prefix: 'former_' })
  former!: Site;

  @Index()
  @ManyToOne(() => Venue, { nullable: true })
  @JoinColumn({ name: 'annex_of' })
  annexOf!: Venue | null;
}

/** A key of every type that a key may have. */
@EntityType({ name: 'Keyed', entitySet: 'Keyeds', trackChanges: true })
@Entity('keyed')
export class Keyed {
  @PrimaryColumn({ type: 'boolean' })
  flag!: boolean;

  @Property({ type: 'Edm.Byte' })
  @PrimaryColumn({ type: 'smallint' })
  byte!: number;

  @Property({ type: 'Edm.SByte' })
  @PrimaryColumn({ type: 'smallint' })
  signedByte!: number;

  @PrimaryColumn({ type: 'smallint' })
  int16!: number;

  @PrimaryColumn({ type: 'integer' })
  int32!: number;

  @PrimaryColumn({ type: 'bigint' })
  int64!: string;

  @PrimaryColumn({ type: 'numeric', precision: 9, scale: 3 })
  money!: string;

  @PrimaryColumn({ type: 'date' })
  day!: string;

  @PrimaryColumn({ type: 'timestamptz' })
  moment!: string;

  @PrimaryColumn({ type: 'time' })
  clock!: string;

  @PrimaryColumn({ type: 'interval' })
  span!: string;

  @PrimaryColumn({ type: 'uuid' })
  guid!: string;

  @PrimaryColumn({ type: 'text' })
  text!: string;

  @Property({ enumType: gender })
  @PrimaryColumn({ type: 'smallint' })
  gender!: number;

  @Property({ enumType: feature })
  @PrimaryColumn({ type: 'integer' })
  features!: number;

  @Column({ type: 'text', nullable: true })
  note!: string | null;
}

/** What is read only. */
@EntityType({ name: 'Traveller', entitySet: 'Travellers' })
@ViewEntity('travellers', { expression: 'SELECT "userName" AS "userName", "userName" AS "person" FROM people' })
export class Traveller {
  @PrimaryColumn({ type: 'text' })
  userName!: string;

  @ManyToOne(() => Person, { nullable: false, createForeignKeyConstraints: false })
  @JoinColumn({ name: 'person' })
  person!: Person;
}

export const entities = [Person, Trip, Airline, Airport, Passport, Everything, Venue, Keyed, Traveller];
