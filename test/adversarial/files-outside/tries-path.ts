/** Goes at a path in every way WASI has. */
export const TRIES_PATH = `;; Tries the path in the first declared file, below the first declared directory, in every way there is: opens it
;; following links and not, as a file and as a directory, prints what it reads or lists there, and asks for its
;; metadata and what it links to. Returns ok when every way was refused, or else the error "N ways led somewhere".

(import "wasi:filesystem/types@WASI" "[method]descriptor.read-directory" (func $read-directory (param i32 i32)))
(import "wasi:filesystem/types@WASI" "[method]directory-entry-stream.read-directory-entry" (func $read-directory-entry (param i32 i32)))
(import "wasi:filesystem/types@WASI" "[method]descriptor.stat-at" (func $stat-at (param i32 i32 i32 i32 i32)))
(import "wasi:filesystem/types@WASI" "[method]descriptor.metadata-hash-at" (func $metadata-hash-at (param i32 i32 i32 i32 i32)))
(import "wasi:filesystem/types@WASI" "[method]descriptor.readlink-at" (func $readlink-at (param i32 i32 i32 i32)))

(global $ways (mut i64) (i64.const 0))

(func $led-somewhere
  (global.set $ways (i64.add (global.get $ways) (i64.const 1))))

(func $try-open (param $follow-links i32) (param $open-flags i32)
  (local $found i32) (local $entries i32)
  (if (call $open (local.get $follow-links) (local.get $open-flags)) (then (return)))
  (call $led-somewhere)
  (local.set $found (i32.load (i32.const 68)))
  (call $read-directory (local.get $found) (i32.const 64))
  (if (i32.load8_u (i32.const 64))
    (then (drop (call $print-descriptor (local.get $found))))
    (else
      (local.set $entries (i32.load (i32.const 68)))
      (loop $again
        (call $read-directory-entry (local.get $entries) (i32.const 96))
        (if (i32.load8_u (i32.const 96)) (then (return)))
        (if (i32.eqz (i32.load8_u (i32.const 100))) (then (return)))
        (call $print (i32.load (i32.const 108)) (i32.load (i32.const 112)))
        (call $print (text "\\n"))
        (br $again)))))

(func $run (result i32)
  (local $directory i32)
  (local.set $directory (call $directory))
  (call $try-open (i32.const 0) (i32.const 0))
  (call $try-open (i32.const 1) (i32.const 0))
  (call $try-open (i32.const 0) (i32.const 2))
  (call $try-open (i32.const 1) (i32.const 2))
  (call $stat-at (local.get $directory) (i32.const 1) (call $first-file) (i32.const 320))
  (if (i32.eqz (i32.load8_u (i32.const 320))) (then (call $led-somewhere)))
  (call $metadata-hash-at (local.get $directory) (i32.const 1) (call $first-file) (i32.const 320))
  (if (i32.eqz (i32.load8_u (i32.const 320))) (then (call $led-somewhere)))
  (call $readlink-at (local.get $directory) (call $first-file) (i32.const 64))
  (if (i32.eqz (i32.load8_u (i32.const 64)))
    (then (call $print (i32.load (i32.const 68)) (i32.load (i32.const 72)))))
  (if (i64.eqz (global.get $ways)) (then (return (call $ok))))
  (call $append (call $decimal (global.get $ways)))
  (call $append (text " ways led somewhere"))
  (call $error (call $written)))
`;
