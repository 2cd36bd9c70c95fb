// The few things of WebGL 2 that every layer of the map needs.

export type Gl = WebGL2RenderingContext;

/** What each vertex of a layer has, or each instance. */
export interface Attribute {
  readonly name: string;
  readonly numbers: number;
  /** Uint16 that stay whole numbers; else float32. */
  readonly isWhole?: boolean;
  readonly isOfInstance?: boolean;
}

/** A program, and the attributes that it draws. */
export interface Layer {
  /** The place of a uniform. */
  at(name: string): WebGLUniformLocation | null;
  /** Gives an attribute its values, one vertex after the other. */
  fill(attribute: string, values: Float32Array | Uint16Array, usage: GLenum): void;
  /** To be called before its uniforms are set and it is drawn. */
  use(): void;
}

/** The corners of the unit square around the origin, as a triangle strip. */
export const SQUARE = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);

/** A picture to draw into, and to draw from afterwards. */
export interface Target {
  readonly frame: WebGLFramebuffer;
  readonly texture: WebGLTexture;
  readonly width: number;
  readonly height: number;
}

/** Throws what the compiler says. */
export function createLayer(
  gl: Gl,
  vertex: string,
  fragment: string,
  attributes: readonly Attribute[],
): Layer {
  const program = compile(gl, vertex, fragment, attributes);
  const vertices = gl.createVertexArray();
  gl.bindVertexArray(vertices);
  const buffers = new Map<string, WebGLBuffer>();
  for (const [location, { name, numbers, isWhole, isOfInstance }] of attributes.entries()) {
    const buffer = gl.createBuffer();
    buffers.set(name, buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(location);
    if (isWhole) gl.vertexAttribIPointer(location, numbers, gl.UNSIGNED_SHORT, 0, 0);
    else gl.vertexAttribPointer(location, numbers, gl.FLOAT, false, 0, 0);
    if (isOfInstance) gl.vertexAttribDivisor(location, 1);
  }
  const uniforms = new Map<string, WebGLUniformLocation | null>();
  return {
    at(name) {
      if (!uniforms.has(name)) uniforms.set(name, gl.getUniformLocation(program, name));
      return uniforms.get(name) ?? null;
    },
    fill(attribute, values, usage) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers.get(attribute) ?? null);
      gl.bufferData(gl.ARRAY_BUFFER, values, usage);
    },
    use() {
      gl.useProgram(program);
      gl.bindVertexArray(vertices);
    },
  };
}

function compile(gl: Gl, vertex: string, fragment: string, attributes: readonly Attribute[]): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error('WebGL is lost: reload the page.');
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${source}`);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  for (const [location, { name }] of attributes.entries()) gl.bindAttribLocation(program, location, name);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's program does not link: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

export function createTarget(gl: Gl, width: number, height: number): Target {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  clampEdges(gl, gl.TEXTURE_2D, gl.LINEAR);
  const frame = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  return { frame, texture, width, height };
}

export function deleteTarget(gl: Gl, { frame, texture }: Target): void {
  gl.deleteFramebuffer(frame);
  gl.deleteTexture(texture);
}

export function clampEdges(gl: Gl, target: GLenum, filter: GLenum): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}
