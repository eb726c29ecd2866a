// Package nvd reads CVE records of the National Vulnerability Database as the CVE API 2.0 gives them: pages of the API,
// and the yearly feed files, which have the same form. It parses; it knows no database.
//
// This product uses data from the NVD API but is not endorsed or certified by the NVD.
package nvd
