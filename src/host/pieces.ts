import type { Piece } from './piece.ts';
import { configurationPiece } from './pieces/configuration.ts';
import { foldersPiece } from './pieces/folders.ts';
import { linkPiece } from './pieces/link.ts';
import { releasePiece } from './pieces/release.ts';
import { servicePiece } from './pieces/service.ts';
import { snippetPiece } from './pieces/snippet.ts';
import { unitPiece } from './pieces/unit.ts';
import { userPiece } from './pieces/user.ts';

/** All that makes an installation, in the order in which it is put there; it is taken away in reverse. */
export const PIECES: readonly Piece[] = [
  userPiece,
  foldersPiece,
  releasePiece,
  configurationPiece,
  linkPiece,
  unitPiece,
  snippetPiece,
  servicePiece,
];
