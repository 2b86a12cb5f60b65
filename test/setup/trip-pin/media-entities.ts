/** Bytes with a media type: stream properties, and entities that describe them. */
import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../../../src/odata';

@EntityType({ name: 'Album', entitySet: 'Albums', trackChanges: true })
@Entity('albums')
export class Album {
  @PrimaryColumn({ type: 'text' })
  title!: string;

  @Column({ type: 'text', nullable: true })
  note!: string | null;

  @Column({ type: 'varchar', length: 60, nullable: true })
  coverType!: string | null;

  @Property({ stream: { mediaTypeProperty: 'coverType' }, description: 'What stands on it.' })
  @Column({ type: 'bytea', nullable: true })
  cover!: Buffer | null;

  @Property({ stream: { mediaType: 'image/png', maxBytes: 1000 } })
  @Column({ type: 'bytea', default: '' })
  icon!: Buffer;

  @Property({ stream: true, computed: true })
  @Column({ type: 'bytea', nullable: true })
  print!: Buffer | null;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @Navigation({ contained: true })
  @OneToMany(() => Page, (page) => page.album)
  pages!: Page[];
}

@EntityType({
  name: 'Photo',
  entitySet: 'Photos',
  media: { content: 'bytes', mediaTypeProperty: 'mediaType', accepts: ['image/*', 'text/plain', 'application/json'] },
})
@Entity('photos')
export class Photo {
  @Property({ computed: true })
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text', default: 'untitled' })
  caption!: string;

  @Property({ computed: true })
  @Column({ type: 'varchar', length: 40 })
  mediaType!: string;

  @Column({ type: 'bytea' })
  bytes!: Buffer;

  @VersionColumn({ type: 'integer' })
  revision!: number;
}

/** Without a version, in its album, of one media type. */
@EntityType({
  name: 'Page',
  media: { content: 'scan', mediaType: 'application/pdf', maxBytes: 5000 },
  trackChanges: true,
})
@Entity('pages')
export class Page {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text', nullable: true })
  headline!: string | null;

  @Column({ type: 'bytea', nullable: true })
  scan!: Buffer | null;

  @Index()
  @ManyToOne(() => Album, (album) => album.pages, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'album' })
  album!: Album;
}

export const mediaEntities = [Album, Photo, Page];
