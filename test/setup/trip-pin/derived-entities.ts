/** Entities of types that are derived from one another, each hierarchy in one table. */
import {
  ChildEntity,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../../../src/odata';
import { Airline, City } from './entities';

@EntityType({ name: 'Contact', entitySet: 'Contacts', description: 'Whom one knows.' })
@Entity('contacts')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Contact {
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Property({ searchable: true })
  @Column({ type: 'text' })
  name!: string;

  /** Hidden in the types derived from this one, too. */
  @Property({ hidden: true })
  @Column({ type: 'text', nullable: true })
  secret!: string | null;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @ManyToOne(() => Airline, { nullable: true })
  @JoinColumn({ name: 'airline' })
  airline!: Airline | null;

  @ManyToOne(() => Contact, (contact) => contact.friends, { nullable: true, onDelete: 'SET NULL' })
  @JoinColumn({ name: 'friend' })
  friend!: Contact | null;

  @OneToMany(() => Contact, (contact) => contact.friend)
  friends!: Contact[];

  @Navigation({ contained: true })
  @OneToMany(() => PlanItem, (item) => item.contact)
  planItems!: PlanItem[];
}

@EntityType({ name: 'Employee', alternateKeys: [['badge']], description: 'Who works here.' })
@ChildEntity('employee')
export class Employee extends Contact {
  @Column({ type: 'numeric', precision: 9, scale: 2 })
  salary!: string;

  /** The default is in every row of the table, and must not be seen where it does not belong. */
  @Column({ type: 'integer', default: 3 })
  level!: number;

  @Column({ type: 'integer', nullable: true, unique: true })
  badge!: number | null;

  @Column(() => City, { prefix: 'office_' })
  office!: City;

  @ManyToOne(() => Manager, (manager) => manager.directReports, { nullable: true })
  @JoinColumn({ name: 'manager' })
  manager!: Manager | null;

  @Property({ path: 'manager/name' })
  managerName!: string | null;
}

@EntityType({ name: 'Manager' })
@ChildEntity('manager')
export class Manager extends Employee {
  @Column({ type: 'bigint', nullable: true })
  budget!: string | null;

  @OneToMany(() => Employee, (employee) => employee.manager)
  directReports!: Employee[];
}

@EntityType({ name: 'Supplier', entitySet: 'Suppliers', deletable: false })
@ChildEntity('supplier')
export class Supplier extends Contact {
  @Column({ type: 'integer', nullable: true })
  rating!: number | null;
}

@EntityType({ name: 'PlanItem', abstract: true })
@Entity('plan_items')
@TableInheritance({ column: { type: 'varchar', name: 'type' } })
export abstract class PlanItem {
  @Property({ computed: true })
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text', array: true, default: [] })
  tags!: string[];

  @Property({ collectionOf: City })
  @Column({ type: 'jsonb', default: [] })
  stops!: City[];

  @ManyToOne(() => Contact, (contact) => contact.planItems, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'contact' })
  contact!: Contact;
}

@EntityType({ name: 'Event' })
@ChildEntity()
export class Event extends PlanItem {
  @Column({ type: 'text', nullable: true })
  place!: string | null;
}

@EntityType({ name: 'PublicTransportation', abstract: true })
@ChildEntity()
export abstract class PublicTransportation extends PlanItem {
  @Column({ type: 'text', nullable: true })
  seat!: string | null;
}

@EntityType({ name: 'Flight' })
@ChildEntity()
export class Flight extends PublicTransportation {
  @Column({ type: 'text' })
  flightNumber!: string;

  @ManyToOne(() => Airline, { nullable: true })
  @JoinColumn({ name: 'flown_by' })
  flownBy!: Airline | null;
}

/** Derived ones need not stand behind what they are derived from. */
export const derivedEntities = [Manager, Contact, Employee, Supplier, Flight, PlanItem, Event, PublicTransportation];
