/** Functions, actions and their imports in the tree of the metadata document. CSDL §12, §13.5, §13.6 */
import type { CsdlAnnotation, CsdlImport, CsdlOperation, CsdlParameter, CsdlTypeReference } from './csdl';
import { annotation, described, record } from './csdl-annotations';
import type { EdmType, Facets, Model } from './model';
import { BINDING_PARAMETER, type Operation, type Parameter, type ReturnType } from './operation';

/** How a type in use is written; the document has one for properties. */
type TypeReferenceOf = (model: Model, value: Facets & { readonly type: EdmType }) => CsdlTypeReference;

/** The operations of the schema. CSDL §12.1, §12.3 */
export const csdlOperations = (model: Model, reference: TypeReferenceOf): readonly CsdlOperation[] =>
  model.operations.map((operation) => ({
    kind: operation.kind === 'function' ? 'Function' : 'Action',
    name: operation.name,
    isBound: operation.binding !== undefined,
    isComposable: operation.kind === 'function',
    ...(operation.entitySetPath === undefined ? {} : { entitySetPath: operation.entitySetPath }),
    parameters: [
      ...bindingParameter(model, operation, reference),
      ...operation.parameters.map((one) => parameter(model, one, reference)),
    ],
    ...(operation.returns ? { returns: returnType(model, operation.returns, reference) } : {}),
    annotations: [...described(operation), ...ofWholes(operation)],
  }));

/** An action that is done to a whole collection takes no part of one. */
const ofWholes = ({ binding }: Operation): readonly CsdlAnnotation[] =>
  binding?.isWhole ? [annotation('Capabilities.OperationRestrictions', record({ FilterSegmentSupported: false }))] : [];

function bindingParameter(model: Model, { binding }: Operation, reference: TypeReferenceOf): readonly CsdlParameter[] {
  if (!binding) return [];
  const { type, collection } = binding;
  const bound = reference(model, { type: collection ? { kind: 'collection', of: type } : type, nullable: false });
  return [{ name: BINDING_PARAMETER, ...bound, annotations: [] }];
}

const parameter = (model: Model, declared: Parameter, reference: TypeReferenceOf): CsdlParameter => ({
  name: declared.name,
  ...reference(model, declared),
  annotations: [...described(declared), ...optional(declared)],
});

const optional = ({ optional: isOptional, defaultValue }: Parameter): readonly CsdlAnnotation[] =>
  isOptional ? [annotation('Core.OptionalParameter', record({ DefaultValue: defaultValue }))] : [];

const returnType = (model: Model, { type, nullable }: ReturnType, reference: TypeReferenceOf): CsdlTypeReference =>
  reference(model, { type, nullable });

/** The imports of the container: what is not bound is called there. */
export function csdlImports(model: Model): readonly CsdlImport[] {
  const unbound = new Map(
    model.operations.flatMap((operation) => (operation.binding ? [] : [[operation.name, operation]])),
  );
  return [...unbound.values()].map((operation) => ({
    kind: operation.kind === 'function' ? 'FunctionImport' : 'ActionImport',
    name: operation.name,
    operation: `${model.namespace}.${operation.name}`,
    ...(operation.entitySet ? { entitySet: operation.entitySet.name } : {}),
    includeInServiceDocument: isInServiceDocument(model, operation),
    annotations: described(operation),
  }));
}

/** Functions that can be called without parameters stand in the service document. CSDL §13.6.3 */
export const isInServiceDocument = ({ operations }: Model, { kind, name }: Operation): boolean =>
  kind === 'function' &&
  operations.some(
    (overload) => overload.name === name && !overload.binding && overload.parameters.every(({ optional: may }) => may),
  );
