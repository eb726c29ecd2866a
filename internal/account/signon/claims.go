package signon

import (
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// read takes from claims what accounts need.
func (p *Provider) read(id *oidc.IDToken, said map[string]any) account.Claims {
	out := account.Claims{
		Issuer: p.config.Issuer, Subject: id.Subject, Mail: text(said["email"]), Role: p.role(said),
		// Entra does not send email_verified; xms_edov is its word that the owner of the mail's domain is verified.
		Verified: yes(said["email_verified"]) || said["email_verified"] == nil && yes(said["xms_edov"]),
	}
	for _, name := range []string{"name", "preferred_username", "email"} {
		if out.Name = text(said[name]); out.Name != "" {
			break
		}
	}
	// RFC 8176: mfa is several factors; hwk a key in hardware, which alone may be one factor only.
	out.Strong = slices.Contains(list(said["amr"]), "mfa")
	if at, ok := said["auth_time"].(float64); ok {
		out.At = time.Unix(int64(at), 0)
	}
	return out
}

// role is the highest that the person's groups give; empty: none gives any.
func (p *Provider) role(said map[string]any) access.Role {
	value, _ := lookup(said, p.config.GroupClaim)
	groups := list(value)
	var best access.Role
	for _, r := range p.config.Roles {
		if (r.Group == "*" || slices.Contains(groups, r.Group)) && (best == "" || r.Role.Reaches(best)) {
			best = r.Role
		}
	}
	return best
}

// lookup finds a claim by its name, or by a path such as realm_access.roles.
func lookup(said map[string]any, name string) (any, bool) {
	if value, ok := said[name]; ok {
		return value, true
	}
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		return nil, false
	}
	inner, ok := said[first].(map[string]any)
	if !ok {
		return nil, false
	}
	return lookup(inner, rest)
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// yes reads a claim that some providers write as a text or a number.
func yes(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	case float64:
		return v == 1
	}
	return false
}

// list reads one text or several.
func list(value any) []string {
	if s := text(value); s != "" {
		return []string{s}
	}
	values, _ := value.([]any)
	var out []string
	for _, v := range values {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}
