import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { inCurrencyOf, lastModified, money, ofCompany, text, version } from './columns';
import { Company } from './company';
import { contactType, customerBlocked, enumColumn, type ContactType, type CustomerBlocked } from './enums';

@EntityType({
  name: 'customerTemplate',
  order: ['code'],
  alternateKeys: [['code']],
  partition: 'company',
  trackChanges: true,
})
@Entity('customer_templates', { comment: 'What new customers get where a client leaves it out.' })
@Unique('customer_templates_company_id_code_key', ['companyId', 'code'])
@Index('customer_templates_company_id_country_letter_code_idx', ['companyId', 'countryLetterCode', 'code'])
export class CustomerTemplate {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'customer_templates_pkey',
    comment: 'The unique id of the template.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Column({ ...text(20), comment: 'The code of the template, unique in the company.' })
  code!: string;

  @Column({ ...text(100), nullable: true, comment: 'What the template is for.' })
  displayName!: string | null;

  @Column({
    ...text(10),
    nullable: true,
    comment: 'The code of the country whose new customers get the values; null for those of all countries.',
  })
  countryLetterCode!: string | null;

  @Column({ ...text(30), nullable: true, comment: 'The city that they get; null gives none.' })
  city!: string | null;

  @Column({ ...text(30), nullable: true, comment: 'The state or region that they get; null gives none.' })
  state!: string | null;

  @Column({ ...text(20), nullable: true, comment: 'The postal code that they get; null gives none.' })
  postalCode!: string | null;

  @Column({ ...text(10), nullable: true, comment: 'The currency that they get; null gives none.' })
  currencyCode!: string | null;

  @Property({ enumType: contactType })
  @Column({
    ...enumColumn('contact_type', contactType),
    nullable: true,
    comment: 'Whether they are companies or persons; null does not say.',
  })
  type!: ContactType | null;

  @Column({
    type: 'boolean',
    nullable: true,
    comment: 'Whether they are liable for sales tax; null does not say.',
  })
  taxLiable!: boolean | null;

  @Property({ enumType: customerBlocked })
  @Column({
    ...enumColumn('customer_blocked', customerBlocked),
    nullable: true,
    comment: 'Which documents may not be made for them; null does not say.',
  })
  blocked!: CustomerBlocked | null;

  @Property(inCurrencyOf('currencyCode'))
  @Column({ ...money, nullable: true, comment: 'The most that they may owe; null gives no limit.' })
  creditLimit!: string | null;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.customerTemplates, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'customer_templates_company_id_fkey' })
  company!: Company;
}
