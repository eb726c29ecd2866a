// Package bundle is the file in which everything that the feeds hold goes to an instance without internet.
//
// A file is eight bytes that name the format, one zstd stream, and a seal of fixed length. The stream is a row of frames:
// a kind (one byte), a length (four bytes, big endian) and that many bytes.
//
//	H  the header, JSON: format, product version, when it was made
//	S  a section begins, JSON: name, feed, whether a reader must know it, and what the section says beside its records
//	D  whole lines of the section before, JSON objects that end in "\n"
//	M  the manifest, JSON and last: the header again and, for each section, number of lines, bytes and SHA-256 of them
//
// The manifest is last because its figures are known last, so that an export streams. The seal is
//
//	8 bytes  "TWSIGNED", or "TWSEALED" for a file that nobody signed
//	8 bytes  the id of the key: the start of the SHA-256 of the public key; zero without one
//	32 bytes SHA-256 of every byte of the file before the seal
//	64 bytes Ed25519 signature of the seal's bytes before it, after the words "threatwerk bundle 1\n"; zero without a key
//
// It covers the file as it lies on the disk and not what comes out of it, so that a signature is checked before anything
// is unpacked or parsed, and no byte can be changed without notice.
//
// A reader goes over the file three times: the seal; everything to the last record without storing; and to store. On the
// third way each frame is held against what the second saw, so that a file that changes meanwhile stores nothing unseen.
//
// The sections are kev, epss, ssvc, advisories (one a feed), reports (one a feed) and cursors. ssvc and reports came later and
// may be left out. A report that is held as a header goes with the counts and fingerprints of its indicators in place of them.
//
// A section that a reader does not know is skipped, unless it is marked as required: then the file is refused. A change
// that older readers must not meet raises the format's number.
package bundle
