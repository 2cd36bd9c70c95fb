// The flags about reading pictures and labels: a part of the table in flags.ts.
import { COLORS, CROPS, POLARITIES } from '../../data/framing/framing.js';
import { LABEL_PLACES } from '../../data/source.js';

const train = ['train'] as const;
const reading = ['train', 'predict', 'eval', 'grow'] as const;

export const READING_FLAGS = {
  size: {
    kind: 'integer',
    minimum: 4,
    maximum: 1024,
    orWord: 'auto',
    commands: train,
    placeholder: 'N',
    default: 'auto: as they are where all are alike and small, else 28 in grey and 64 in colour',
    help: 'rows and columns that every picture is brought to',
  },
  color: {
    kind: 'string',
    choices: COLORS,
    commands: train,
    placeholder: 'NAME',
    default: 'auto: colour where more than a tenth of the pictures have some',
    help: 'gray, rgb or auto; kin compares shapes in grey either way',
  },
  polarity: {
    kind: 'string',
    choices: ['auto', ...POLARITIES],
    commands: reading,
    placeholder: 'NAME',
    default: 'auto: dark ground for all, where the grounds are plain',
    help: 'keep the brightness, invert it, or invert each picture whose own ground is light',
  },
  framing: {
    kind: 'string',
    choices: ['auto', ...CROPS],
    commands: reading,
    placeholder: 'NAME',
    default:
      'auto: content where sizes or places differ on a plain ground; predict, eval and grow as the run was made',
    help: 'whole pictures, or cut to their content and centred by mass as MNIST was',
  },
  'labels-from': {
    kind: 'string',
    choices: LABEL_PLACES,
    commands: ['train', 'eval'],
    placeholder: 'NAME',
    default: 'source',
    help: 'where labels for scoring are: in or beside the source, or the names of the folders around the pictures',
  },
  exclude: {
    kind: 'texts',
    commands: reading,
    placeholder: 'GLOB',
    default: 'nothing is left out',
    help: 'leave out files and folders: thumbs or *_mask.png by name, raw/** by path; may be given several times',
  },
  strict: {
    kind: 'boolean',
    commands: reading,
    placeholder: '',
    default: 'false',
    help: 'end where a picture cannot be read, instead of skipping it',
  },
  'max-megapixels': {
    kind: 'integer',
    minimum: 1,
    maximum: 10_000,
    commands: reading,
    placeholder: 'N',
    default: '64',
    help: 'largest picture that is read',
  },
  'max-file-mb': {
    kind: 'integer',
    minimum: 1,
    maximum: 100_000,
    commands: reading,
    placeholder: 'N',
    default: '256',
    help: 'largest image file that is unpacked from an archive',
  },
  'max-expansion': {
    kind: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    commands: reading,
    placeholder: 'N',
    default: '200',
    help: 'times its own size that an archive may unpack to (from 1 GB on)',
  },
} as const;
