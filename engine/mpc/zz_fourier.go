package mpc

func (p *Protocol) SoftmaxFourier(z *Shared, bits, f int) *Distribution { panic("not yet") }
