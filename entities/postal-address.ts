import { Column } from 'typeorm';
import { ComplexType, Property } from '../src/odata';
import { text } from './columns';

@ComplexType({ name: 'postalAddress', description: 'Where post is sent to.' })
export class PostalAddress {
  @Property({ searchable: true })
  @Column({ ...text(100), nullable: true, comment: 'Street and house number.' })
  street!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(30), nullable: true, comment: 'The city.' })
  city!: string | null;

  @Column({ ...text(30), nullable: true, comment: 'The state or region.' })
  state!: string | null;

  @Column({ ...text(10), nullable: true, comment: 'The code of the country.' })
  countryLetterCode!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The postal code.' })
  postalCode!: string | null;
}
