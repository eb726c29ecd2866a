package app

import (
	"crypto/rand"
	"encoding/hex"
	"net"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// Accounts are people and access on a pool. Without JWT_SECRET sessions end with the process and are of no use to a second
// one, which log says, if it is not nil.
func Accounts(pool *pgxpool.Pool, c config.Config, log *zap.Logger) (*account.Store, error) {
	secret := []byte(c.JWTSecret)
	if len(secret) == 0 {
		if log != nil {
			log.Warn("JWT_SECRET is not set: everyone has to sign in again after a restart, and several tasks do not know each other's sessions")
		}
		var random [32]byte
		_, _ = rand.Read(random[:]) // never fails
		secret = []byte(hex.EncodeToString(random[:]))
	}
	return account.NewStore(pool, account.Config{Secret: secret, AppURL: address(c)})
}

// address is where people reach the page: APP_URL, or the port on this machine.
func address(c config.Config) string {
	if c.AppURL != "" {
		return c.AppURL
	}
	_, port, _ := net.SplitHostPort(c.ListenAddr) // checked with the other settings
	return "http://localhost:" + port
}
