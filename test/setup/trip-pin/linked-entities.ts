/** Relations without a foreign key on either side: a table between them holds the pairs. */
import { Column, Entity, JoinTable, ManyToMany, PrimaryColumn, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import { EntityType, Navigation, Property } from '../../../src/odata';

@EntityType({ name: 'Student', entitySet: 'Students' })
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

@EntityType({ name: 'Course', entitySet: 'Courses' })
@Entity('courses')
export class Course {
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'numeric', precision: 9, scale: 2, default: '0' })
  fee!: string;

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

export const linkedEntities = [Student, Course, Hall];
