# A place at which no car stands is a place all the same: the charger offers it, the CSMS may give it away, and nobody comes.
@requires:evses
Feature: An EVSE without a car

  Background:
    Given a charger with 2 EVSEs
    And there is no car at EVSE 2
    And the house has no limit

  Scenario: It is told as Available, and stays so while the other EVSE charges
    Given a car is charging
    Then for 30 s the contactor stays closed
    And at EVSE 2 for 30 s the contactor stays open
    And at EVSE 2 the pilot is in state A
    And at EVSE 2 the pilot high level is between 11.4 V and 12.6 V
    And at EVSE 2 the meter has counted nothing
    And at EVSE 2 the connector was "Available"
    And at EVSE 2 the CSMS received exactly 0 TransactionEvent
    When the driver unplugs
    And 5 s pass
    Then the energy balance closes within 1 %

  @slow
  Scenario: A card at its reader lets a driver in, who never plugs in
    When the card 04CA2D01 is held to the reader at EVSE 2
    Then at EVSE 2 within 1 s the panel shows Authorized
    And at EVSE 2 within 61 s the session event PluginTimeout is seen
    And at EVSE 2 within 1 s the panel shows Available
    And at EVSE 2 the CSMS received exactly 0 TransactionEvent
    And at EVSE 2 the connector was "Available"
    # The other EVSE was not meant.
    When the driver plugs in
    Then for 20 s the contactor stays open

  @slow
  Scenario: A start of the CSMS for it waits for a plug, and then no more
    When the CSMS requests a start for the card REMOTE at EVSE 2
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    And at EVSE 2 within 61 s the session event PluginTimeout is seen
    And at EVSE 2 the CSMS received exactly 0 TransactionEvent
    # It is free for the next one, and so was the other EVSE all the time.
    When the CSMS requests a start for the card REMOTE at EVSE 2
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes

  @slow
  Scenario: Neither place has a car: a station on its own
    Given there is no car
    When 1 h pass
    Then the CSMS received exactly 1 BootNotification
    And the CSMS received exactly 12 Heartbeat
    And the connector was "Available"
    And at EVSE 2 the connector was "Available"
    And the contactor is open
    And at EVSE 2 the contactor is open
    And the meter has counted nothing
    And for 1 s no fault is detected

  @slow
  Scenario: What breaks in the charger is found without a car too
    When the link to the power board is lost at EVSE 2
    Then at EVSE 2 within 10 s the fault BoardLost is detected
    And for 1 s no fault is detected
    When the link to the power board is back at EVSE 2
    Then at EVSE 2 within 15 s the connector is Available
