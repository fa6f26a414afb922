package main

// A chooser takes from one of the channels, fairly among those that are ready, and says from which.
type chooser func(c []chan uint64) (uint64, chan uint64)

func choose4(c []chan uint64) (uint64, chan uint64) {
	_ = c[3] // One check of the bounds for all.
	select {
	case value := <-c[0]:
		return value, c[0]
	case value := <-c[1]:
		return value, c[1]
	case value := <-c[2]:
		return value, c[2]
	case value := <-c[3]:
		return value, c[3]
	}
}

func choose16(c []chan uint64) (uint64, chan uint64) {
	_ = c[15] // One check of the bounds for all.
	select {
	case value := <-c[0]:
		return value, c[0]
	case value := <-c[1]:
		return value, c[1]
	case value := <-c[2]:
		return value, c[2]
	case value := <-c[3]:
		return value, c[3]
	case value := <-c[4]:
		return value, c[4]
	case value := <-c[5]:
		return value, c[5]
	case value := <-c[6]:
		return value, c[6]
	case value := <-c[7]:
		return value, c[7]
	case value := <-c[8]:
		return value, c[8]
	case value := <-c[9]:
		return value, c[9]
	case value := <-c[10]:
		return value, c[10]
	case value := <-c[11]:
		return value, c[11]
	case value := <-c[12]:
		return value, c[12]
	case value := <-c[13]:
		return value, c[13]
	case value := <-c[14]:
		return value, c[14]
	case value := <-c[15]:
		return value, c[15]
	}
}

func choose64(c []chan uint64) (uint64, chan uint64) {
	_ = c[63] // One check of the bounds for all.
	select {
	case value := <-c[0]:
		return value, c[0]
	case value := <-c[1]:
		return value, c[1]
	case value := <-c[2]:
		return value, c[2]
	case value := <-c[3]:
		return value, c[3]
	case value := <-c[4]:
		return value, c[4]
	case value := <-c[5]:
		return value, c[5]
	case value := <-c[6]:
		return value, c[6]
	case value := <-c[7]:
		return value, c[7]
	case value := <-c[8]:
		return value, c[8]
	case value := <-c[9]:
		return value, c[9]
	case value := <-c[10]:
		return value, c[10]
	case value := <-c[11]:
		return value, c[11]
	case value := <-c[12]:
		return value, c[12]
	case value := <-c[13]:
		return value, c[13]
	case value := <-c[14]:
		return value, c[14]
	case value := <-c[15]:
		return value, c[15]
	case value := <-c[16]:
		return value, c[16]
	case value := <-c[17]:
		return value, c[17]
	case value := <-c[18]:
		return value, c[18]
	case value := <-c[19]:
		return value, c[19]
	case value := <-c[20]:
		return value, c[20]
	case value := <-c[21]:
		return value, c[21]
	case value := <-c[22]:
		return value, c[22]
	case value := <-c[23]:
		return value, c[23]
	case value := <-c[24]:
		return value, c[24]
	case value := <-c[25]:
		return value, c[25]
	case value := <-c[26]:
		return value, c[26]
	case value := <-c[27]:
		return value, c[27]
	case value := <-c[28]:
		return value, c[28]
	case value := <-c[29]:
		return value, c[29]
	case value := <-c[30]:
		return value, c[30]
	case value := <-c[31]:
		return value, c[31]
	case value := <-c[32]:
		return value, c[32]
	case value := <-c[33]:
		return value, c[33]
	case value := <-c[34]:
		return value, c[34]
	case value := <-c[35]:
		return value, c[35]
	case value := <-c[36]:
		return value, c[36]
	case value := <-c[37]:
		return value, c[37]
	case value := <-c[38]:
		return value, c[38]
	case value := <-c[39]:
		return value, c[39]
	case value := <-c[40]:
		return value, c[40]
	case value := <-c[41]:
		return value, c[41]
	case value := <-c[42]:
		return value, c[42]
	case value := <-c[43]:
		return value, c[43]
	case value := <-c[44]:
		return value, c[44]
	case value := <-c[45]:
		return value, c[45]
	case value := <-c[46]:
		return value, c[46]
	case value := <-c[47]:
		return value, c[47]
	case value := <-c[48]:
		return value, c[48]
	case value := <-c[49]:
		return value, c[49]
	case value := <-c[50]:
		return value, c[50]
	case value := <-c[51]:
		return value, c[51]
	case value := <-c[52]:
		return value, c[52]
	case value := <-c[53]:
		return value, c[53]
	case value := <-c[54]:
		return value, c[54]
	case value := <-c[55]:
		return value, c[55]
	case value := <-c[56]:
		return value, c[56]
	case value := <-c[57]:
		return value, c[57]
	case value := <-c[58]:
		return value, c[58]
	case value := <-c[59]:
		return value, c[59]
	case value := <-c[60]:
		return value, c[60]
	case value := <-c[61]:
		return value, c[61]
	case value := <-c[62]:
		return value, c[62]
	case value := <-c[63]:
		return value, c[63]
	}
}
