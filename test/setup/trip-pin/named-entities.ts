/** Columns with the names that statements use for their own. */
import { Column, Entity, Index, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import { EntityType, Navigation } from '../../../src/odata';

const one = { type: 'integer', default: 1 } as const;

@EntityType({ name: 'Shelf', entitySet: 'Shelves', trackChanges: true })
@Entity('shelves')
export class Shelf {
  @PrimaryColumn({ type: 'integer' })
  n!: number;

  @Column(one)
  snapshot!: number;

  @Column(one)
  origin!: number;

  @Column(one)
  transaction!: number;

  @Column(one)
  complete!: number;

  @Navigation({ contained: true })
  @OneToMany(() => Thing, (thing) => thing.shelf)
  things!: Thing[];
}

@EntityType({ name: 'Thing', entitySet: 'Things', trackChanges: true })
@Entity('things')
export class Thing {
  @PrimaryColumn({ type: 'integer' })
  number!: number;

  @PrimaryColumn({ type: 'integer' })
  was!: number;

  @Column({ type: 'integer' })
  place!: number;

  @Column(one)
  n!: number;

  @Column(one)
  j!: number;

  @Column(one)
  k!: number;

  @Column(one)
  c0!: number;

  @Column(one)
  t1!: number;

  @Column(one)
  r1!: number;

  @Column(one)
  row!: number;

  @Column(one)
  rows!: number;

  @Column(one)
  all!: number;

  @Column(one)
  before!: number;

  @Column(one)
  reached!: number;

  @Column(one)
  link!: number;

  @Column(one)
  there!: number;

  @Index()
  @ManyToOne(() => Shelf, (shelf) => shelf.things, { nullable: false })
  @JoinColumn({ name: 'known' })
  shelf!: Shelf;
}

export const namedEntities = [Shelf, Thing];
