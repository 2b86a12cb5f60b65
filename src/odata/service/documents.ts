/** The documents that the model alone decides: the service document and $metadata, each made once. Protocol §11.1 */
import { createHash } from 'node:crypto';
import { keptByCaches } from '../http/entity-tags';
import { odataError } from '../error';
import { optionNamed, unknownOption } from '../url';
import { negotiateFormat, type Version } from '../http/negotiate';
import { annotationFilter, appliedHeader } from '../http/preferences';
import { offered, type Capabilities } from '../model/capabilities';
import { csdlJson } from '../model/csdl-json';
import { csdlXml } from '../model/csdl-xml';
import type { CsdlOptions } from '../model/csdl';
import type { Model } from '../model/model';
import { serviceDocument } from '../model/service-document';
import { judged } from './judged';
import { isOfFormat, type Negotiated } from './negotiated';
import type { Response } from './message';

/** The documents of a service. */
export interface Documents {
  readonly serviceDocument: readonly object[];
  /** `annotations` is the list of a client that wants some of them only. */
  metadata(kind: 'xml' | 'json', version: Version, annotations?: string): MetadataDocument;
}

interface MetadataDocument {
  readonly body: Buffer;
  readonly etag: string;
}

/** Makes the documents when they are first asked for. */
export function createDocuments(model: Model, capabilities: Capabilities = offered): Documents {
  const made = new Map<string, MetadataDocument>();
  return {
    serviceDocument: serviceDocument(model),
    metadata: (kind, version, annotations) => {
      const options: CsdlOptions = { version, capabilities, ...including(annotations) };
      const make = (): MetadataDocument =>
        documentOf(kind === 'xml' ? csdlXml(model, options) : JSON.stringify(csdlJson(model, options)));
      if (annotations !== undefined) return make();
      const key = `${kind} ${version}`;
      const document = made.get(key) ?? make();
      made.set(key, document);
      return document;
    },
  };
}

/** Terms go out by the alias of their vocabulary; a list may name it by its namespace, too. */
const including = (list: string | undefined): Pick<CsdlOptions, 'includes'> =>
  list === undefined ? {} : { includes: annotationFilter(list.replace(/Org\.OData\.(\w+)\.V1\./g, '$1.')) };

const documentOf = (text: string): MetadataDocument => ({
  body: Buffer.from(text),
  etag: `W/"${createHash('sha1').update(text).digest('base64url').slice(0, 16)}"`,
});

/** A document goes out whole. Protocol §6.1 */
function checkOptions({ parts }: Negotiated, resource: string): void {
  for (const { name } of parts.options) {
    if (isOfFormat(name)) continue;
    if (optionNamed(name) === undefined) throw unknownOption(name);
    throw odataError('OptionNotApplicable', { name, resource }, { target: name });
  }
}

/** Protocol §11.1.2 */
export function metadataResponse(documents: Documents, negotiated: Negotiated): Response {
  checkOptions(negotiated, '$metadata');
  const { request, preferences, format, version } = negotiated;
  const { headers } = request;
  const { kind, contentType } = negotiateFormat(headers['accept'], format, 'metadata', version);
  const { includeAnnotations } = preferences;
  const { body, etag } = documents.metadata(kind === 'json' ? 'json' : 'xml', version, includeAnnotations);
  const applied = appliedHeader(preferences, includeAnnotations === undefined ? [] : ['include-annotations']);
  return judged(request, {
    status: 200,
    headers: { 'Content-Type': contentType, ETag: etag, ...keptByCaches, ...applied },
    body,
  });
}

/** Protocol §11.1.1, JSON §5 */
export function serviceDocumentResponse(documents: Documents, negotiated: Negotiated): Response {
  checkOptions(negotiated, 'the service document');
  const { request, format, version } = negotiated;
  const { headers, root } = request;
  const { contentType, prefix, metadata } = negotiateFormat(headers['accept'], format, 'service', version);
  const context = metadata === 'none' ? {} : { [`${prefix ? '@odata.' : '@'}context`]: `${root}$metadata` };
  return {
    status: 200,
    headers: { 'Content-Type': contentType },
    body: Buffer.from(JSON.stringify({ ...context, value: documents.serviceDocument })),
  };
}
