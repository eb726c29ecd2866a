package wire

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
)

// Person is someone with an account.
type Person struct {
	ID           int64      `json:"id"`
	Name         string     `json:"name"`
	Mail         string     `json:"mail"`
	Role         string     `json:"role" enum:"admin,analyst,contributor,viewer" doc:"In products that say nothing else."`
	Status       string     `json:"status" enum:"active,pending,disabled" doc:"pending: the address is not verified yet."`
	VerifiedAt   *time.Time `json:"verified_at,omitempty"`
	LastSeenAt   *time.Time `json:"last_seen_at,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	HasPassword  bool       `json:"has_password"`
	SecondFactor bool       `json:"second_factor" doc:"Has a passkey or one-time codes."`
	Teams        []string   `json:"teams"`
}

// PersonOf shapes a person.
func PersonOf(p account.Person) Person {
	return Person{
		ID: p.ID, Name: p.Name, Mail: p.Mail, Role: string(p.Role), Status: p.Status, VerifiedAt: p.Verified, LastSeenAt: p.LastSeen,
		CreatedAt: p.CreatedAt, HasPassword: p.HasPassword, SecondFactor: p.SecondFactor, Teams: Strings(p.Teams),
	}
}
