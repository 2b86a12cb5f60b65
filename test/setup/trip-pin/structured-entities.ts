/** Entities with collections of complex values, and of open types. */
import {
  ChildEntity,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  TableInheritance,
  VersionColumn,
} from 'typeorm';
import { ComplexType, EntityType, Navigation, Property } from '../../../src/odata';
import { City } from './entities';

const roomKind = { name: 'RoomKind', members: { Single: 0, Double: 1, Suite: 5 } } as const;

@ComplexType({ name: 'Offer', description: 'What a room costs for a while.' })
export class Offer {
  @Column({ type: 'numeric', precision: 9, scale: 2 })
  price!: string;

  @Column({ type: 'date', nullable: true })
  until!: string | null;
}

/** A member of every type that a member may have. */
@ComplexType({ name: 'Room', description: 'Where a guest sleeps.' })
export class Room {
  @Property({ searchable: true })
  @Column({ type: 'varchar', length: 20 })
  name!: string;

  @Column({ type: 'integer', default: 1 })
  beds!: number;

  @Column({ type: 'numeric', precision: 12, scale: 3, nullable: true })
  rate!: string | null;

  @Column({ type: 'numeric', nullable: true })
  factor!: string | null;

  @Column({ type: 'bigint', nullable: true })
  serial!: string | null;

  @Column({ type: 'double precision', nullable: true })
  area!: number | null;

  @Column({ type: 'boolean', nullable: true })
  smoking!: boolean | null;

  @Column({ type: 'date', nullable: true })
  since!: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  cleaned!: string | null;

  @Column({ type: 'time', nullable: true })
  opens!: string | null;

  @Column({ type: 'interval', nullable: true })
  stay!: string | null;

  @Column({ type: 'uuid', nullable: true })
  token!: string | null;

  @Column({ type: 'bytea', nullable: true })
  plan!: Buffer | null;

  @Property({ enumType: roomKind })
  @Column({ type: 'smallint', nullable: true })
  kind!: number | null;

  @Property({ enumType: { name: 'RoomFeature', members: { Bath: 1, View: 2, Balcony: 4 }, isFlags: true } })
  @Column({ type: 'integer', default: 5 })
  features!: number;

  @Column({ type: 'text', array: true })
  tags!: string[];

  @Column(() => City)
  seen!: City;

  @Property({ collectionOf: Offer })
  @Column({ type: 'jsonb' })
  offers!: Offer[];
}

@EntityType({ name: 'Hotel', entitySet: 'Hotels', trackChanges: true })
@Entity('hotels')
export class Hotel {
  @PrimaryColumn({ type: 'varchar', length: 8 })
  code!: string;

  @Property({ collectionOf: Room, description: 'What can be booked.' })
  @Column({ type: 'jsonb', default: [] })
  rooms!: Room[];

  @Property({ enumType: roomKind })
  @Column({ type: 'smallint', array: true, default: [] })
  kinds!: number[];

  @Column({ type: 'text', nullable: true })
  note!: string | null;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @Index()
  @ManyToOne(() => Hotel, (hotel) => hotel.branches, { nullable: true })
  @JoinColumn({ name: 'main' })
  main!: Hotel | null;

  @Navigation({})
  @OneToMany(() => Hotel, (hotel) => hotel.main)
  branches!: Hotel[];
}

/** What a guest has beside these is not known beforehand. */
@EntityType({
  name: 'Guest',
  entitySet: 'Guests',
  open: 'extra',
  trackChanges: true,
  description: 'Who sleeps somewhere.',
})
@Entity('guests')
export class Guest {
  @PrimaryColumn({ type: 'varchar', length: 8 })
  code!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer', nullable: true })
  age!: number | null;

  @Column({ type: 'jsonb', default: {} })
  extra!: object;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @Index()
  @ManyToOne(() => Guest, (guest) => guest.invited, { nullable: true })
  @JoinColumn({ name: 'host' })
  host!: Guest | null;

  @OneToMany(() => Guest, (guest) => guest.host)
  invited!: Guest[];
}

@EntityType({ name: 'Asset', entitySet: 'Assets', open: 'more' })
@Entity('assets')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Asset {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'jsonb', name: 'rest' })
  more!: object;
}

@EntityType({ name: 'Vehicle' })
@ChildEntity('vehicle')
export class Vehicle extends Asset {
  @Column({ type: 'integer', default: 4 })
  wheels!: number;
}

export const structuredEntities = [Hotel, Guest, Asset, Vehicle];
