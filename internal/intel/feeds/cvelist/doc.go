// Package cvelist reads the CVE List (CVE record format 5.0 to 5.2) from the repository in which the CVE Program keeps
// it: the log of changes first, then the records that changed. A record brings what its CNA says, weeks before NVD looks
// at it if ever, and CISA's SSVC decision points (Vulnrichment). It fetches and parses; it knows no database.
package cvelist
