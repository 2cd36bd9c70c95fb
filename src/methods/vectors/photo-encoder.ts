// The encoder that comes with the package: what `photo` names, and what kin takes where pictures are told apart by what they show.
import { join } from 'node:path';

export const PHOTO_ENCODER = join(import.meta.dirname, '../../../models/efficientnet-lite2/model.onnx');
