/** Relations without a foreign key on either side: a table between them holds the pairs. */
import { Column, Entity, JoinTable, ManyToMany, PrimaryColumn, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import { ComplexType, EntityType, Navigation, Property } from '../../../src/odata';

@EntityType({ name: 'Student', entitySet: 'Students', trackChanges: true })
@Entity('students')
export class Student {
  @Property({ computed: true })
  @PrimaryGeneratedColumn({ type: 'integer' })
  number!: number;

  @Property({ searchable: true })
  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer', nullable: true })
  age!: number | null;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @ManyToMany(() => Course, (course) => course.students)
  courses!: Course[];

  @ManyToMany(() => Student, (student) => student.mentees)
  @JoinTable({
    name: 'mentors',
    joinColumn: { name: 'mentee' },
    inverseJoinColumn: { name: 'mentor' },
  })
  mentors!: Student[];

  @ManyToMany(() => Student, (student) => student.mentors)
  mentees!: Student[];
}

@ComplexType({ name: 'Contract' })
export class Contract {
  @Property({ pattern: 'x' })
  @Column({ type: 'text', nullable: true })
  text!: string | null;

  @Property({ typeDefinition: { name: 'Money', precision: 9, scale: 2, description: 'An amount of money.' } })
  @Column({ type: 'numeric', precision: 9, scale: 2, nullable: true })
  sum!: string | null;
}

@EntityType({ name: 'Course', entitySet: 'Courses', trackChanges: true })
@Entity('courses')
export class Course {
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Property({ typeDefinition: { name: 'Money', precision: 9, scale: 2, description: 'An amount of money.' } })
  @Column({ type: 'numeric', precision: 9, scale: 2, default: '0' })
  fee!: string;

  @Property({ pattern: '^[A-Z]{2}-\\d+$' })
  @Column({ type: 'varchar', length: 12, nullable: true })
  label!: string | null;

  @Property({ typeDefinition: { name: 'Tag', maxLength: 10 }, pattern: '^\\S+$' })
  @Column({ type: 'text', array: true, default: [] })
  tags!: string[];

  @Column(() => Contract, { prefix: 'contract_' })
  contract!: Contract;

  @Navigation({ description: 'Who takes it.' })
  @ManyToMany(() => Student, (student) => student.courses)
  @JoinTable({ name: 'enrolments', joinColumn: { name: 'course' }, inverseJoinColumn: { name: 'student' } })
  students!: Student[];

  @ManyToMany(() => Hall)
  @JoinTable({
    name: 'course_halls',
    joinColumns: [{ name: 'course', referencedColumnName: 'code' }],
    inverseJoinColumns: [
      { name: 'house', referencedColumnName: 'house' },
      { name: 'floor', referencedColumnName: 'floor' },
    ],
  })
  halls!: Hall[];
}

/** Only there to be referred to, by a key of two parts. */
@EntityType({ name: 'Hall', entitySet: 'Halls', insertable: false, updatable: false, deletable: false })
@Entity('halls')
export class Hall {
  @PrimaryColumn({ type: 'text' })
  house!: string;

  @PrimaryColumn({ type: 'integer' })
  floor!: number;

  @Column({ type: 'integer' })
  seats!: number;
}

/** Of an open type: what it has beside its name is written with the link, too. */
@EntityType({ name: 'Club', entitySet: 'Clubs', open: 'more' })
@Entity('clubs')
export class Club {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb', default: {} })
  more!: object;

  @ManyToMany(() => Club)
  @JoinTable({ name: 'partners', joinColumn: { name: 'club' }, inverseJoinColumn: { name: 'partner' } })
  partners!: Club[];
}

export const linkedEntities = [Student, Course, Hall, Club];
