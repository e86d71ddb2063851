"""The charter: what is proposed, examined, voted and signed before it may reach a tablet."""
