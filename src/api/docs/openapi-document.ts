import type { Route } from '../../contract/routes.ts';

/** The part of OpenAPI 3.1.1 that describes this API; every member here is emitted somewhere. */
export interface OpenApiDocument {
  openapi: '3.1.1';
  info: { title: string; version: string; description: string };
  servers: [{ url: string }];
  tags: { name: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, Header>;
    securitySchemes: { accessToken: BearerScheme };
  };
}

export type HttpMethod = Lowercase<Route['method']>;
export type PathItem = Partial<Record<HttpMethod, Operation>>;

export interface Operation {
  operationId: string;
  tags: [string];
  summary: string;
  description?: string;
  /** Empty: anybody may call it. */
  security: { accessToken: [] }[];
  parameters?: Parameter[];
  requestBody?: { required: true; content: Record<string, MediaType> };
  responses: Record<string, Response>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
  example?: string;
}

export interface Response {
  description: string;
  headers: Record<string, Header | Reference>;
  content?: Record<string, MediaType>;
}

export interface Header {
  description: string;
  required?: boolean;
  schema: JsonSchema;
}

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
}

export interface BearerScheme {
  type: 'http';
  scheme: 'bearer';
  bearerFormat: 'JWT';
  description: string;
}

export interface Reference {
  $ref: string;
}

/** The keywords of JSON Schema 2020-12 that the contract uses. */
export interface JsonSchema {
  $ref?: string;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  /** More than one where a value may also be null. */
  type?: string | string[];
  format?: string;
  description?: string;
  const?: string | number | boolean | null;
  enum?: (string | number)[];
  default?: string | number | boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean;
}
