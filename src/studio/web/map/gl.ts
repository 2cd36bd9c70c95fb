// The few things of WebGL 2 that every layer of the map needs.

export type Gl = WebGL2RenderingContext;

export interface Program {
  readonly handle: WebGLProgram;
  /** The place of a uniform. */
  readonly at: (name: string) => WebGLUniformLocation | null;
}

/** A picture to draw into, and to draw from afterwards. */
export interface Target {
  readonly frame: WebGLFramebuffer;
  readonly texture: WebGLTexture;
  readonly width: number;
  readonly height: number;
}

/** `attributes`: their names, the first at location 0. Throws what the compiler says. */
export function compile(gl: Gl, vertex: string, fragment: string, attributes: readonly string[]): Program {
  const handle = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error('WebGL is lost: reload the page.');
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${source}`);
    gl.compileShader(shader);
    gl.attachShader(handle, shader);
    gl.deleteShader(shader);
  }
  for (const [location, name] of attributes.entries()) gl.bindAttribLocation(handle, location, name);
  gl.linkProgram(handle);
  if (!gl.getProgramParameter(handle, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's program does not link: ${gl.getProgramInfoLog(handle)}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string) => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = gl.getUniformLocation(handle, name);
    places.set(name, place);
    return place;
  };
  return { handle, at };
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
