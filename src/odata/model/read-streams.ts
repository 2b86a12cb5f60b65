/** Columns of bytes become streams: stream properties, and the content of media entities. CSDL §6.5 */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { declarationOf, type PropertyOptions, type StreamOptions, type TypeOptions } from './decorators';
import { isPrimitive } from './edm';
import { MEDIA, UNKNOWN_TYPE } from './media-type';
import type { EntityType, Property, Stream } from './model';
import { linesUp } from './read-open';
import { hasFrom, isInHierarchy, mayBeNull } from './read-inheritance';

type Class = EntityType['target'];

/** What the class that a column stands in says of it, where that is another one than that of the entity. */
export const optionsAbove = ({ target, propertyName }: ColumnMetadata): PropertyOptions | undefined =>
  typeof target === 'function' ? declarationOf(target as Class).properties.get(propertyName) : undefined;

/** What the class of an entity, or one above it, says of its media. */
export function mediaOf({ target }: EntityMetadata): TypeOptions['media'] {
  for (const one of linesUp(target)) {
    const { media } = declarationOf(one).type ?? {};
    if (media) return media;
  }
  return undefined;
}

/** The streams of a type whose properties are known; what cannot be served is added to `problems`. */
export function readStreams(
  metadata: EntityMetadata,
  type: Pick<EntityType, 'properties' | 'inheritance'>,
  problems: string[],
): Pick<EntityType, 'streams' | 'media'> {
  const reader = new StreamReader(metadata, type, problems);
  const streams = [...(type.inheritance?.base?.streams?.values() ?? []), ...reader.streams()];
  const media = type.inheritance?.base?.media ?? reader.media();
  return {
    ...(streams.length > 0 ? { streams: new Map(streams.map((stream) => [stream.name, stream])) } : {}),
    ...(media ? { media } : {}),
  };
}

class StreamReader {
  constructor(
    private readonly metadata: EntityMetadata,
    private readonly type: Pick<EntityType, 'properties' | 'inheritance'>,
    private readonly problems: string[],
  ) {}

  streams(): readonly Stream[] {
    const above = this.type.inheritance?.base?.streams;
    return this.metadata.columns.flatMap((column) => {
      const { propertyName, embeddedMetadata, target } = column;
      const options = optionsAbove(column);
      if (!options?.stream || embeddedMetadata || above?.has(propertyName)) return [];
      if (isInHierarchy(this.metadata) && !hasFrom(this.metadata.target, target)) return [];
      const {
        stream,
        computed = false,
        nullable = mayBeNull(column),
        description = column.comment,
        ...others
      } = options;
      for (const name of Object.keys(others)) this.problem(propertyName, `is a stream, of which ${name} says nothing.`);
      const more = { name: propertyName, computed, nullable, description: description || undefined };
      return [this.stream(column, stream === true ? {} : stream, more)];
    });
  }

  media(): Stream | undefined {
    const options = mediaOf(this.metadata);
    if (!options) return undefined;
    const column = this.metadata.columns.find(({ propertyPath }) => propertyPath === options.content);
    if (!column) {
      this.problem(options.content, 'holds the bytes of the media entity, but is no column.');
      return undefined;
    }
    return this.stream(column, options, {
      name: MEDIA,
      computed: false,
      nullable: mayBeNull(column),
      description: undefined,
    });
  }

  private stream(
    column: ColumnMetadata,
    { mediaType, mediaTypeProperty, accepts, maxBytes }: StreamOptions,
    more: Pick<Stream, 'name' | 'computed' | 'nullable' | 'description'>,
  ): Stream {
    const { propertyName, isArray, default: given } = column;
    if (column.type !== 'bytea' || isArray) this.problem(propertyName, 'is a stream: its column must be bytea.');
    if (more.name !== MEDIA && !more.nullable && given === undefined)
      this.problem(propertyName, 'is a stream, which no body can set: its column must be nullable or have a default.');
    const keeper = mediaTypeProperty === undefined ? undefined : this.keeper(propertyName, mediaTypeProperty);
    return Object.freeze({
      ...more,
      column: column.databaseName,
      mediaTypeProperty: keeper,
      mediaType: mediaType ?? UNKNOWN_TYPE,
      accepts: accepts ?? (mediaTypeProperty === undefined ? [mediaType ?? UNKNOWN_TYPE] : undefined),
      maxBytes,
    });
  }

  private keeper(name: string, path: string): Property | undefined {
    const found = this.type.properties.get(path);
    if (found && isPrimitive(found.type, 'Edm.String') && found.source.kind === 'column') return found;
    this.problem(name, `is a stream: ${path} must be a property with a column of text to keep its media type.`);
    return undefined;
  }

  private problem(name: string, text: string): void {
    this.problems.push(`${this.metadata.name}: ${name} ${text}`);
  }
}

/** What a POST of bytes cannot give must come from elsewhere. Protocol §11.4.7.1 */
export const checkMedia = ({ name, media, insertable, properties }: EntityType): readonly string[] =>
  media && insertable
    ? [...properties.values()]
        .filter((property) => property.required && property !== media.mediaTypeProperty)
        .map((property) => `${name}: ${property.name} is required, but a media entity is created by its bytes alone.`)
    : [];
