/** Entities that are nodes of trees, one with several parents, and entities that belong to nodes. */
import { Column, Entity, JoinColumn, JoinTable, ManyToMany, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import { EntityType, Property } from '../../../src/odata';

/** Properties that both hierarchies tell of nodes. */
const derived = {
  DrillState: 'drillState',
  DistanceFromRoot: 'distanceFromRoot',
  LimitedDescendantCount: 'limitedDescendantCount',
  LimitedRank: 'limitedRank',
};

/** What identifies a node is not the key. */
@EntityType({
  name: 'Division',
  entitySet: 'Divisions',
  recursiveHierarchies: {
    Organization: { node: 'code', parent: 'superordinate', derived },
    Matrix: { node: 'code', parent: 'bosses', derived },
  },
})
@Entity('divisions')
export class Division {
  @PrimaryColumn({ type: 'integer' })
  number!: number;

  @Column({ type: 'text', unique: true, nullable: true })
  code!: string | null;

  @Property({ searchable: true })
  @Column({ type: 'text' })
  name!: string;

  @ManyToOne(() => Division, (division) => division.subordinates, { nullable: true })
  @JoinColumn({ name: 'superordinate' })
  superordinate!: Division | null;

  @OneToMany(() => Division, (division) => division.superordinate)
  subordinates!: Division[];

  @ManyToMany(() => Division)
  @JoinTable({ name: 'bosses', joinColumn: { name: 'division' }, inverseJoinColumn: { name: 'boss' } })
  bosses!: Division[];

  @OneToMany(() => Deal, (deal) => deal.division)
  deals!: Deal[];
}

@EntityType({ name: 'Deal', entitySet: 'Deals' })
@Entity('deals')
export class Deal {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'numeric', precision: 9, scale: 2, nullable: true })
  amount!: string | null;

  @Column({ type: 'text' })
  product!: string;

  @ManyToOne(() => Product, (product) => product.deals)
  @JoinColumn({ name: 'product', referencedColumnName: 'name' })
  article!: Product;

  /** The code of a division, or of none. */
  @Column({ type: 'text', nullable: true })
  region!: string | null;

  /** More of them. */
  @Column({ type: 'text', array: true, default: [] })
  regions!: string[];

  @ManyToOne(() => Division, (division) => division.deals, { nullable: true })
  @JoinColumn({ name: 'division' })
  division!: Division | null;
}

@EntityType({ name: 'Product', entitySet: 'Products' })
@Entity('products')
export class Product {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @OneToMany(() => Deal, (deal) => deal.article)
  deals!: Deal[];
}

export const hierarchyEntities = [Division, Deal, Product];
