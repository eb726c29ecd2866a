package account

import (
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Identity is who sent a request and what they may do.
type Identity struct {
	access.Caller
	// Strong: signed in with a second factor or a passkey. Due: the settings ask for one that the person has not.
	Strong, Due bool
	// Weak: the settings ask for a second factor, the person has one, and this session was opened without it.
	Weak bool
	// Fresh: the person proved a short while ago who they are.
	Fresh bool
	// Scopes of a token; nil for a session, which may do whatever its person may.
	Scopes []string

	limits *[]int64 // products that a token is limited to; nil: none
	rights rights
}

// rights are what a person may do in which product.
type rights struct {
	base       access.Role
	restricted []int64 // products that are not open to everyone
	teams      []teamRight
}

// teamRight is what one of the person's teams gives in a product.
type teamRight struct {
	product int64
	role    access.Role
}

// rightsColumns read rights, for a query over users u; scanRights takes them.
const rightsColumns = `u.role, array(select product_id from restricted_products),
	array(select pt.product_id from team_members m join product_teams pt on pt.team_id = m.team_id
	      where m.user_id = u.id order by pt.product_id, pt.team_id),
	array(select coalesce(pt.role, u.role) from team_members m join product_teams pt on pt.team_id = m.team_id
	      where m.user_id = u.id order by pt.product_id, pt.team_id)`

// rightsScan receives rightsColumns.
type rightsScan struct {
	base       access.Role
	restricted []int64
	products   []int64
	roles      []access.Role
}

func (r *rightsScan) into() []any { return []any{&r.base, &r.restricted, &r.products, &r.roles} }

func (r *rightsScan) rights() rights {
	out := rights{base: r.base, restricted: r.restricted}
	for i, product := range r.products {
		out.teams = append(out.teams, teamRight{product, r.roles[i]})
	}
	return out
}

// where is the set of products in which the person has at least a role. An admin has all. Else a product that is open
// gives the person's own role, and any product what their teams give there, whichever is more.
func (r rights) where(need access.Role) access.Scope {
	if r.base == access.Admin {
		return access.All()
	}
	byTeam := map[int64]bool{}
	var reached []int64
	for _, t := range r.teams {
		if t.role.Reaches(need) && !byTeam[t.product] {
			byTeam[t.product] = true
			reached = append(reached, t.product)
		}
	}
	if !r.base.Reaches(need) {
		return access.Only(reached...)
	}
	var hidden []int64
	for _, product := range r.restricted {
		if !byTeam[product] {
			hidden = append(hidden, product)
		}
	}
	return access.Except(hidden...)
}

// Grant is what the caller may do with an operation that needs a role.
func (i Identity) Grant(need access.Role) access.Grant {
	g := access.Grant{See: i.rights.where(access.Viewer), Act: i.rights.where(need), Create: i.Role.Reaches(access.Contributor)}
	if i.limits != nil {
		g.See, g.Act, g.Create = g.See.And(*i.limits), g.Act.And(*i.limits), false
	}
	return g
}
