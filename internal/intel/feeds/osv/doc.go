// Package osv reads advisories in the OSV format (OSV schema 1.7.5, ossf.github.io/osv-schema): single records, folders
// of them, and the zip dumps of the public bucket. It fetches and parses; it knows no database.
//
// Real records break the schema in many small ways, and a strict reader loses whole advisories over one field. So what
// can be understood is kept and the rest named in a warning; only a record without an id, or one that is no JSON at
// all, is refused.
package osv
