import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { moment, text } from './columns';
import { Company } from './company';

/** A credential of a program or a person; not part of the model. Only a hash of the secret is kept. */
@Entity('api_keys', { comment: 'A credential.' })
@Unique('api_keys_sha256_key', ['sha256'])
@Index('api_keys_company_id_idx', ['companyId'])
export class ApiKey {
  @PrimaryColumn({
    ...text(100),
    primaryKeyConstraintName: 'api_keys_pkey',
    comment: 'Who or what the key is for; the user name of HTTP Basic.',
  })
  name!: string;

  @Column({ ...text(64), comment: 'SHA-256 of the key in hexadecimal digits.' })
  sha256!: string;

  @Column({
    type: 'uuid',
    nullable: true,
    comment: 'The only company that the key opens; all companies when it is null.',
  })
  companyId!: string | null;

  @Column({ type: 'boolean', comment: 'Whether the key allows reading only.' })
  readOnly!: boolean;

  @Column({ ...moment, comment: 'When the key was made.' })
  createdAt!: Date;

  @Column({ ...moment, nullable: true, comment: 'When the key ends; never when it is null.' })
  expiresAt!: Date | null;

  @ManyToOne(() => Company, { nullable: true, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'api_keys_company_id_fkey' })
  company!: Company | null;
}
