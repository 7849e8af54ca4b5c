package ui

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// How many pages and how many exports are made at a time. Each may hold all cells of its runs
// in memory; more at once would take longer together, not less. Pages do not wait for
// exports, which take longer.
const (
	mostPages   = 2
	mostExports = 1
)

// A queue makes answers, so many at a time.
type queue struct {
	asked singleflight.Group
	turns chan struct{}
}

func newQueue(most int) *queue { return &queue{turns: make(chan struct{}, most)} }

// answer returns what the function makes for a request, in its turn. Those who ask the
// same meanwhile get the same, which they must not change. A panic is an error of that
// answer alone.
func (q *queue) answer(r *http.Request, make func() (any, error)) (any, error) {
	made, err, _ := q.asked.Do(r.URL.RequestURI(), func() (made any, err error) {
		q.turns <- struct{}{}
		defer func() {
			<-q.turns
			if fault := recover(); fault != nil {
				err = fmt.Errorf("internal error: %v", fault)
			}
		}()
		return make()
	})
	return made, err
}

// Somebody may guess wrong mostGuesses times in guessTime.
const (
	mostGuesses = 10
	guessTime   = time.Minute
)

// guesses counts the wrong tokens of each network since a time.
type guesses struct {
	mu    sync.Mutex
	since time.Time
	count map[netip.Prefix]int
}

// allowed reports whether whoever asks from an address may try a token.
func (g *guesses) allowed(address string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.since) > guessTime {
		g.since, g.count = now, make(map[netip.Prefix]int)
	}
	return g.count[network(address)] < mostGuesses
}

// wrong counts a wrong token. It comes after allowed.
func (g *guesses) wrong(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count[network(address)]++
}

// network returns what one machine may have of addresses: one of IPv4, or a /64 of IPv6.
func network(address string) netip.Prefix {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap(), 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.WithZone("").Prefix(bits) // which has as many bits
	return p
}
