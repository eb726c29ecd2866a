package access

import "slices"

// Role is what a person may do, each more than the one before it.
type Role string

// The roles.
const (
	Nobody      Role = ""
	Viewer      Role = "viewer"      // reads
	Contributor Role = "contributor" // uploads documents, makes products and releases, comments
	Analyst     Role = "analyst"     // decides about findings, changes and deletes products and releases
	Admin       Role = "admin"       // people, teams, settings
)

// Roles in rising order.
var Roles = []Role{Viewer, Contributor, Analyst, Admin}

func (r Role) rank() int { return slices.Index(Roles, r) + 1 }

// Reaches reports whether the role is at least another.
func (r Role) Reaches(other Role) bool { return r.rank() >= other.rank() }

// Known reports whether it is one of Roles.
func (r Role) Known() bool { return r.rank() > 0 }
